"""The report `notify`, to a real webhook and a `notify-send` that writes down what it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from jobmake_plugins.notify import Notify

from jobmake import Reporting, TargetError, UsageError, events
from jobmake.jobfile.plugged import frozen
from jobmake.model.state import Summary
from tests.plugins.shipped import Server

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support import Space

JOBFILE = """
[project]
name = "shop"
plugins = ["notify"]
reports = ["notify"]

[target.good]
run = "echo > {outputs}"
outputs = ["good.txt"]

[target.prices]
run = "test -e prices.csv && touch {outputs}"
outputs = ["prices.txt"]

[target.page]
run = "touch {outputs}"
inputs = ["@prices"]
outputs = ["page.txt"]

[plugin.notify]
"""
NOTE = "note: the report `notify` is left out: "


def begin(space: Space, settings: str) -> None:
    space.jobfile(JOBFILE + settings + "\n")


@pytest.fixture
def hook(server: Server) -> Server:
    server.say("/hook", 204)
    return server


def told(server: Server) -> list[dict[str, Any]]:
    """What was told since this was asked last."""
    found = [json.loads(one["body"]) for one in server.requests if one["method"] == "POST"]
    assert len(server.asked) == len(found)
    return found


def test_a_failure_is_told(shipped: Space, hook: Server) -> None:
    begin(shipped, f'webhook = "{hook.url}/hook"')

    result = shipped.build("-k", code=1)

    [said] = told(hook)
    seconds, text = said.pop("seconds"), said.pop("text")
    assert said == {
        "project": "shop",
        "ok": False,
        "how": "failed: prices",
        "built": ["good"],
        "failed": ["prices"],
        "blocked": ["page"],
    }
    assert text == f"shop: failed: prices in {seconds:.1f} s"
    assert "note" not in result.err
    shipped.write("prices.csv", "x")
    shipped.build()
    assert told(hook) == []


def test_looking_tells_nothing(shipped: Space, hook: Server) -> None:
    begin(shipped, f'webhook = "{hook.url}/hook"\nwhen = "always"')

    shipped.run("build", "-n")

    assert told(hook) == []


def test_a_dead_server_is_one_note_and_fails_nothing(shipped: Space, hook: Server) -> None:
    begin(shipped, f'webhook = "{hook.url}/hook?key=hush"\nwhen = "always"')
    shipped.write("prices.csv", "x")
    hook.stop()

    result = shipped.build()

    assert result.err.endswith(f"{NOTE}the webhook cannot be reached: Connection refused\n")
    assert result.err.count("note: ") == 1
    assert "hush" not in result.err


def test_a_server_that_never_answers_is_not_waited_for(shipped: Space, hook: Server) -> None:
    begin(shipped, f'webhook = "{hook.url}/hook"')
    hook.say("/hook", 0)

    last = shipped.build(code=1).err.splitlines()[-1]

    assert last.removeprefix(NOTE) in (
        "it took longer than 3 s",
        "the webhook did not answer within 3 s",
    )


# -- what is told, and when: the reporter alone ------------------------------------------------


def reporter(folder: Path, environ: Mapping[str, str] | None = None, **settings: Any) -> Notify:
    told = Reporting("notify", "projects/shop", folder=str(folder), settings=frozen(settings))
    return Notify(replace(told, environ=environ or {}))


def ended(ok: bool = False, **more: Any) -> events.BuildEnded:
    how = {"built": ("good",), "failed": () if ok else ("prices",), "seconds": 1.25, **more}
    names = ("built", "fresh", "failed", "stopped", "blocked", "not_started")
    return events.BuildEnded(Summary(**{**dict.fromkeys(names, ()), **how}))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("failure", [False, False]),
        ("always", [True, False, False, True, True]),
        ("change", [False, True]),
    ],
)
def test_when_it_is_told(tmp_path: Path, hook: Server, when: str, expected: list[bool]) -> None:
    for ok in (True, False, False, True, True):
        one = reporter(tmp_path / "own", webhook=f"{hook.url}/hook", when=when)
        one.handle(ended(ok))

    assert [one["ok"] for one in told(hook)] == expected


def test_who_stopped_a_build_knows_it(tmp_path: Path, hook: Server) -> None:
    one = reporter(tmp_path, webhook=f"{hook.url}/hook", when="always")

    one.handle(ended(stopped_by=2))

    assert told(hook) == []


def test_a_webhook_from_a_variable(tmp_path: Path, hook: Server) -> None:
    for environ in ({}, {"SHOP_HOOK": f"{hook.url}/hook"}):
        reporter(tmp_path, environ, webhook_env="SHOP_HOOK").handle(ended())

    assert len(told(hook)) == 1


def test_a_text_and_a_body_of_ones_own(tmp_path: Path, hook: Server) -> None:
    body = {"content": "{text} {{}}", "embeds": [{"title": "{how}", "color": 3}]}
    one = reporter(tmp_path, webhook=f"{hook.url}/hook", template="{project}! {failed}", body=body)

    one.handle(ended())

    embeds = [{"title": "failed: prices", "color": 3}]
    assert told(hook) == [{"content": "shop! prices {}", "embeds": embeds}]


def test_of_many_failures_some_are_named(tmp_path: Path, hook: Server) -> None:
    one = reporter(tmp_path, webhook=f"{hook.url}/hook")

    one.handle(ended(failed=tuple("abcdefg")))

    [said] = told(hook)
    assert said["text"] == "shop: failed: a, b, c, d, e and 2 more in 1.2 s"
    assert said["failed"] == list("abcdefg")


@pytest.mark.parametrize(
    ("status", "said"),
    [(500, "the webhook says 500 Internal Server Error"), (302, "the webhook says 302 Found")],
)
def test_what_a_server_does_not_take_is_told(
    tmp_path: Path, hook: Server, status: int, said: str
) -> None:
    hook.say("/hook", status, Location="/elsewhere")

    with pytest.raises(TargetError) as error:
        reporter(tmp_path, webhook=f"{hook.url}/hook").handle(ended())

    assert error.value.message == said


@pytest.fixture
def desktop(tmp_path: Path) -> dict[str, str]:
    """An environment with a `notify-send`, which writes down what it is told."""
    program = tmp_path / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/sent\n')
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:/usr/bin:/bin"}


def test_the_desktop(tmp_path: Path, desktop: dict[str, str]) -> None:
    reporter(tmp_path, desktop, desktop=True).handle(ended())

    assert (tmp_path / "sent").read_text().splitlines() == [
        "--app-name=jobmake", "--urgency=critical", "--",
        "jobmake", "shop: failed: prices in 1.2 s",
    ]  # fmt: skip


def test_a_desktop_that_cannot_be_told_and_a_webhook_that_can(tmp_path: Path, hook: Server) -> None:
    one = reporter(tmp_path, {"PATH": "/no"}, desktop=True, webhook=f"{hook.url}/hook")

    with pytest.raises(TargetError) as error:
        one.handle(ended())

    assert error.value.message == "there is no `notify-send`"
    assert len(told(hook)) == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "`[plugin.notify]` says nobody who is to be told"),
        ({"webhook": "ftp://x"}, "the webhook of `[plugin.notify]` is no `http://` or `https://`"),
        (
            {"webhook": "http://x", "webhook_env": "X"},
            "`webhook` and `webhook_env` of `[plugin.notify]`: one is enough",
        ),
        ({"desktop": 1}, "the plugin of the report `notify` has a wrong `desktop`: it must be"),
        ({"deskop": True}, "the plugin of the report `notify` has no setting `deskop`"),
        (
            {"desktop": True, "template": "{host}"},
            "`{host}` of `[plugin.notify]` cannot be filled in",
        ),
    ],
)
def test_wrong_settings(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as error:
        reporter(tmp_path, **settings)

    assert error.value.message.startswith(said)


def test_wrong_settings_are_told_before_anything_runs(shipped: Space) -> None:
    begin(shipped, 'when = "never"')

    result = shipped.build(code=2)

    assert (
        "error: the plugin of the report `notify` has a wrong `when`: it must be one of"
        ' "failure", "always", "change", not "never"\n  --> Jobfile.toml:5\n'
    ) in result.err
