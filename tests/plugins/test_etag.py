"""The check `etag`, against a real server that counts what it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jobmake_plugins.etag import ETag

from tests.checks.rig import build, opened, outlook
from tests.plugins.shipped import Checked, Server

if TYPE_CHECKING:
    from tests.support import Space

EVENING, NIGHT = "Sat, 21 Nov 2026 18:00:00 GMT", "Sat, 21 Nov 2026 23:00:00 GMT"
KEEP = ', offline = "keep"'


def begin(space: Space, server: Server, more: str = "") -> Checked:
    return Checked(space, ETag(), f'url = "{server.url}/data"{more}')


def test_another_etag_makes_stale(space: Space, server: Server) -> None:
    server.say("/data", ETag='"a"')
    target = begin(space, server)
    assert target.is_stale
    assert not target.is_stale

    server.say("/data", ETag='W/"b"')

    assert target.reason() == r'check `etag` changed "\"a\"" -> "W/\"b\""'
    assert not target.is_stale
    assert f'"etag.url" = "{server.url}/data"\n' in space.read("Jobfile.lock")


def test_a_build_with_nothing_to_do_asks_once(space: Space, server: Server) -> None:
    server.say("/data", ETag='"a"')
    target = begin(space, server)
    target.build()
    assert set(server.asked) == {"HEAD /data"}

    assert not target.is_stale

    assert server.asked == ["HEAD /data"]


def test_without_an_etag_the_time_of_the_last_change_counts(space: Space, server: Server) -> None:
    server.say("/data", Last_Modified=EVENING)
    target = begin(space, server)
    target.build()
    assert not target.is_stale

    server.say("/data", Last_Modified=NIGHT)

    assert target.reason() == f'check `etag.last_modified` changed "{EVENING}" -> "{NIGHT}"'


def test_what_says_nothing_of_changes_is_an_error(space: Space, server: Server) -> None:
    server.say("/data")

    assert begin(space, server).trouble() == (
        f"`{server.url}/data` has neither an ETag nor a Last-Modified",
        "its server does not say when it changes: `max_age` or `always` are for that",
    )


@pytest.mark.parametrize("status", [403, 405, 501])
def test_where_head_is_not_allowed_get_is_asked(space: Space, server: Server, status: int) -> None:
    server.say("/data", status, method="HEAD")
    server.say("/data", ETag='"a"')

    assert begin(space, server).is_stale

    assert server.asked[:2] == ["HEAD /data", "GET /data"]


def test_a_redirect_is_followed_and_no_other_server_is_told_a_header(
    space: Space, server: Server
) -> None:
    other = server.url.replace("127.0.0.1", "localhost")
    server.say("/data", 302, Location="/near")
    server.say("/near", 307, Location=f"{other}/far")
    server.say("/far", ETag='"a"')
    target = begin(space, server, ', headers_env = { Authorization = "DATA_AUTH" }')

    target.build(DATA_AUTH="Bearer hush")

    told = {one["path"]: (one["method"], one["headers"]) for one in server.requests}
    assert {path: method for path, (method, _) in told.items()} == dict.fromkeys(
        ("/data", "/near", "/far"), "HEAD"
    )
    assert told["/near"][1]["authorization"] == "Bearer hush"
    assert "authorization" not in told["/far"][1]
    assert target.build(DATA_AUTH="Bearer another").fresh == ["t"]


def test_a_circle_of_redirects_is_an_error(space: Space, server: Server) -> None:
    server.say("/data", 302, Location="/data")

    message, _ = begin(space, server).trouble()

    assert message.startswith(f"`{server.url}/data` says 302 ")


def test_what_is_not_there_is_an_error_also_with_keep(space: Space, server: Server) -> None:
    message, _ = begin(space, server, KEEP).trouble()

    assert message == f"`{server.url}/data` says 404 Not Found"


def test_a_server_that_is_down_makes_the_target_fail(space: Space, server: Server) -> None:
    server.say("/data", ETag='"a"')
    target = begin(space, server)
    target.build()
    server.stop()

    said = f"`{server.url}/data` cannot be reached: Connection refused"
    hint = 'with `offline = "keep"` what was recorded would stand'
    assert target.trouble() == (said, hint)
    assert outlook(opened(space, ETag()), "t").trouble == said


def test_with_keep_what_was_recorded_stands(space: Space, server: Server) -> None:
    server.say("/data", ETag='"a"')
    target = begin(space, server, KEEP)
    target.build()
    server.stop()

    assert not target.is_stale
    space.replace("Jobfile.toml", "echo made", "echo again")
    assert target.reason() == "command changed"

    server.start()
    assert not target.is_stale
    server.say("/data", ETag='"b"')
    assert target.is_stale
    server.say("/data", 503)
    assert not target.is_stale


def test_with_keep_nothing_stands_that_was_not_recorded(space: Space, server: Server) -> None:
    server.say("/data", ETag='"a"')
    target = begin(space, server, KEEP)
    server.stop()
    assert target.trouble()[1] == "nothing was recorded of it that could stand"

    server.start()
    assert target.is_stale
    server.stop()
    space.replace("Jobfile.toml", "/data", "/other")

    assert target.trouble()[0].startswith(f"`{server.url}/other` cannot be reached")


def test_another_url_is_another_fact_and_its_query_is_not_shown(
    space: Space, server: Server
) -> None:
    server.say("/data", ETag='"1"')
    server.say("/other?token=hush", ETag='"1"')
    target = begin(space, server)
    target.build()
    space.replace("Jobfile.toml", "/data", "/other?token=hush")

    reason = target.reason()

    assert reason.startswith(f'check `etag.url` changed "{server.url}/data" -> "{server.url}/other')
    assert "hush" not in reason + space.read("Jobfile.lock")


def test_a_server_that_does_not_answer_is_not_waited_for_twice(
    space: Space, server: Server
) -> None:
    server.say("/data", 0)
    begin(space, server, ", timeout = 0.2")
    text = space.read("Jobfile.toml")
    space.jobfile(text + text.replace("target.t", "target.u").replace("t.txt", "u.txt"))

    failed = [build(opened(space, ETag()), name).failed[name] for name in ("t", "u")]

    said = f"`{server.url}/data` did not answer within 0.2 s"
    assert failed == [said, said]
    check = ETag()
    for name in ("t", "u"):
        build(opened(space, check), name)
    assert len(server.asked) <= 3, "each check has asked once, the last one not for `u`"


@pytest.mark.parametrize(
    ("settings", "said", "told"),
    [
        ('url = "data.csv"', "has a `url` that is none", "like `https://example.org/data.csv`"),
        ('url = "https://me:pw@x.org/"', "has a `url` with a user in it", "`headers_env = {"),
        ('url = "https://x.org/", uri = "x"', "has no setting `uri`", "did you mean `url`?"),
        (
            'url = "https://x.org/", offline = "kept"',
            'has a wrong `offline`: it must be one of "fail", "keep", not "kept"',
            "did you mean `keep`?",
        ),
        (
            'url = "https://x.org/", headers = { Accept = 3 }',
            "has a wrong `headers.Accept`: it must be a text, not 3",
            "put it in quotes",
        ),
    ],
)
def test_wrong_settings_are_told_at_their_line(
    space: Space, server: Server, settings: str, said: str, told: str
) -> None:
    target = begin(space, server)
    target.ask(settings)

    message, hint, line = target.problem()

    assert (message, line) == (f"check `etag` {said}", 4)
    assert told in hint


def test_a_variable_of_a_header_must_be_set(space: Space, server: Server) -> None:
    target = begin(space, server, ', headers_env = { X-Key = "NO_SUCH_KEY" }')

    assert target.trouble() == (
        "the variable `NO_SUCH_KEY` is not set",
        "`headers_env` names it",
    )
