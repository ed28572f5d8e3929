"""`type = "http"`: a file is fetched whole and verified, or not at all; what came is gone on with.

The server is a real one, in a thread of the test."""

from __future__ import annotations

import hashlib
import random
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from jobmake.tools.digest import digest_bytes
from tests.plugins.fileserver import FileServer, Turn
from tests.plugins.support import fault, hint_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support import Space

BODY = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
pytestmark = pytest.mark.usefixtures("no_cache")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(BODY) as server:
        yield server


def fetches(space: Space, url: str, *settings: str) -> None:
    """Let a project have one download."""
    lines = "\n".join([f'url = "{url}"', *settings])
    space.jobfile(f"""
[project]
plugins = ["http"]
[target.big]
type = "http"
outputs = ["build/big.bin"]
[target.big.with]
{lines}
""")


def parts(space: Space) -> list[Path]:
    """What is kept of downloads."""
    return [path for path in space.path(".jobmake").glob("staying/*/*") if path.is_file()]


def part_of(space: Space, target: str) -> Path:
    """The part that is kept for a target."""
    name = digest_bytes(target.encode()).rpartition(":")[2]
    return space.path(f".jobmake/staying/{name}/part")


def test_a_file_is_fetched_once(space: Space, server: FileServer) -> None:
    fetches(space, server.url, f'sha256 = "{SHA256}"')

    space.build()

    assert space.path("build/big.bin").read_bytes() == BODY
    assert server.asked[0]["accept-encoding"] == "identity"
    assert parts(space) == []
    assert space.build().fresh == ["big"]
    space.replace("Jobfile.toml", "sha256 =", "retries = 9\ntimeout = 9\nsha256 =")
    assert space.build().fresh == ["big"]  # they make no difference to what comes
    assert len(server.asked) == 1


def test_another_digest_fails_with_both(space: Space, server: FileServer) -> None:
    wrong = "0" * 64
    fetches(space, server.url, f'sha256 = "{wrong}"')

    result = space.build(code=1)

    assert f"failed: `{server.url}` has another SHA-256 than `with.sha256` says" in result.err
    assert f"hint: `sha256` is {wrong}, and that of what came is {SHA256}" in result.err
    assert not space.exists("build/big.bin")
    assert parts(space) == []


def test_a_cut_connection_is_gone_on_with(space: Space, server: FileServer) -> None:
    server.turns += [Turn(cut_after=100_000), Turn(status=503), Turn(cut_after=100_000)]
    fetches(space, server.url)

    space.build()

    assert server.ranges() == [None, "bytes=100000-", "bytes=100000-", "bytes=200000-"]
    assert space.path("build/big.bin").read_bytes() == BODY
    assert "100000 of 300000 bytes came" in space.run("log", "big").out


def test_the_next_run_goes_on_where_a_failed_one_ended(space: Space, server: FileServer) -> None:
    server.turns += [Turn(cut_after=100_000)]
    fetches(space, server.url, "retries = 0")

    failed = space.build(code=1).err
    assert f"failed: `{server.url}`: 100000 of 300000 bytes came\n" in failed
    assert "hint: 100000 bytes are kept, and gone on with\n" in failed
    space.build()

    assert server.ranges() == [None, "bytes=100000-"]
    assert space.path("build/big.bin").read_bytes() == BODY


def test_what_may_be_of_another_file_is_fetched_anew(space: Space) -> None:
    """Another ETag, a server that sends no parts, an ETag that does not tell files apart, a part
    that is not as it was, one that lost its end, another URL."""
    names = ("etag", "ranges", "weak", "damaged", "short", "url")
    with ExitStack() as stack:
        servers = {name: stack.enter_context(FileServer(BODY)) for name in names}
        servers["weak"].etag = 'W/"one"'
        for server in servers.values():
            server.turns += [Turn(cut_after=100_000)]
        space.jobfile(
            '[project]\nplugins = ["http"]\n'
            + "".join(
                f'[target.{name}]\ntype = "http"\noutputs = ["{name}.bin"]\n'
                f'with = {{ url = "{server.url}", retries = 0 }}\n'
                for name, server in servers.items()
            )
        )
        assert len(space.build("-k", code=1).failed) == len(names)
        assert [part.stat().st_size for part in parts(space) if part.name == "part"] == (
            [100_000] * len(names)
        )

        servers["etag"].etag, servers["etag"].body = '"two"', BODY[::-1]
        servers["ranges"].knows_ranges = False
        part_of(space, "damaged").write_bytes(bytes(100_000))
        part_of(space, "short").write_bytes(BODY[:10])
        space.replace("Jobfile.toml", servers["url"].url, f"{servers['url'].url}?version=2")
        space.build()

        for name, server in servers.items():
            assert space.path(f"{name}.bin").read_bytes() == server.body
            asked = "bytes=100000-" if name in ("etag", "ranges") else None
            assert server.ranges() == [None, asked], name


def test_a_part_that_is_glued_to_another_file_is_found_by_its_digest(
    space: Space, server: FileServer
) -> None:
    """The server says that it is the same file, and it is not."""
    server.turns += [Turn(cut_after=100_000)]
    right = server.body
    server.body = BODY[::-1]
    fetches(space, server.url, f'sha256 = "{SHA256}"', "retries = 0")
    space.build(code=1)
    server.body = right

    space.build()

    assert server.ranges() == [None, "bytes=100000-", None]
    assert space.path("build/big.bin").read_bytes() == BODY


def test_a_refusal_is_told_at_once_and_trouble_is_tried_again(
    space: Space, server: FileServer
) -> None:
    fetches(space, f"{server.url}?token=hush", "retries = 1", 'timeout = "100 ms"')
    server.turns += [Turn(status=404)]
    refused = space.build(code=1)
    assert f"failed: `{server.url}?…`: the server says 404 Not Found\n" in refused.err
    assert len(server.asked) == 1
    assert not space.exists("build/big.bin")

    server.turns += [Turn(hangs=True), Turn(status=500)]
    failed = space.build(code=1).err
    assert f"failed: `{server.url}?…`: the server says 500 Internal Server Error\n" in failed
    assert f"{server.url}?…: nothing came for too long\n" in failed
    assert len(server.asked) == 3


def test_headers_hold_secrets_that_nobody_sees_and_no_other_host_gets(
    space: Space, server: FileServer
) -> None:
    header = 'headers = { Authorization = "Bearer {env.TOKEN}", X-What = "{target}" }'
    with FileServer(BODY) as other:
        server.turns += [Turn(status=302, headers={"Location": other.url, "Content-Length": "0"})]
        fetches(space, server.url, header)

        result = space.build(env={"TOKEN": "hush-hush"})

        assert server.asked[0]["authorization"] == "Bearer hush-hush"
        assert server.asked[0]["x-what"] == "big"
        assert not {"authorization", "x-what"} & other.asked[0].keys()
    assert space.path("build/big.bin").read_bytes() == BODY
    assert "hush-hush" not in result.err + result.out
    files = (path for path in space.root.rglob("*") if path.is_file())
    assert [path for path in files if b"hush-hush" in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        (
            ['url = "ftp://example.org/x"'],
            "`with.url` has to begin with `https://` or `http://` and a host",
            "",
        ),
        (
            ['url = "https://ada:pw@example.org/x"'],
            "`with.url` must not hold a user or a password",
            'give it as a header: `headers = { Authorization = "Bearer {env.TOKEN}" }`',
        ),
        (
            ['url = "https://example.org/x"', 'sha256 = "abc"'],
            "`with.sha256` has to be 64 hexadecimal digits",
            "`sha256sum FILE` prints it",
        ),
        (
            ['url = "https://example.org/x"', 'headers = { "A B" = "x" }'],
            '`with.headers."A B"` is no name of a header',
            "",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_line(
    space: Space, settings: list[str], message: str, hint: str
) -> None:
    lines = "\n".join(settings)
    space.jobfile(
        f'[project]\nplugins = ["http"]\n[target.x]\ntype = "http"\noutputs = ["x"]\n'
        f"[target.x.with]\n{lines}\n"
    )

    result = space.build(code=2)

    assert fault(result) == message
    assert hint_of(result) == hint
    assert f"Jobfile.toml:{6 + len(settings)}\n" in result.err
