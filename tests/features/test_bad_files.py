"""Jobfiles that are no such thing: other encodings, characters that lie, other kinds of files,
very large ones, and texts that would grow without end."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.oracles import measured, told_well
from tests.support import Space

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RIGHT = '[target.a]\nrun = "echo hi > {outputs}"\noutputs = ["o"]\n'


# -- encodings and characters ------------------------------------------------------------------

READ = {
    "ends of lines of Windows": RIGHT.replace("\n", "\r\n").encode(),
    "a mark of its encoding": b"\xef\xbb\xbf" + RIGHT.encode(),
    "letters of all scripts": RIGHT.replace("target.a", 'target."größe-日本"').encode(),
}
REFUSED = {
    "no UTF-8": (RIGHT.encode() + b"# \xff\n", "it is not UTF-8", 4),
    "UTF-16": (RIGHT.encode("utf-16"), "it is not UTF-8", 1),
    "a NUL": (RIGHT.encode() + b"\0", "invalid statement", 4),
    "a control character": (RIGHT.encode() + b"# \x1b[2J\n", "found invalid character", 4),
    "ends of lines of old": (RIGHT.replace("\n", "\r").encode(), "expected newline", 1),
    "a name that turns around": (RIGHT.replace("target.a", 'target."a\u202eb"').encode(),
                                 "`a\\u202eb` cannot be the name of a target", 1),
    "a name with an escape": (RIGHT.replace("target.a", r'target."a\u001b[2Jb"').encode(),
                              "cannot be the name of a target", 1),
    "a name of two lines": (RIGHT.replace("target.a", r'target."a\nb"').encode(),
                            "`a\\nb` cannot be the name of a target", 1),
    "a mark on a letter": (RIGHT.replace("target.a", 'target."e\u0301"').encode(),
                           "cannot be the name of a target", 1),
}  # fmt: skip


@pytest.mark.case("F06")
@pytest.mark.parametrize("data", READ.values(), ids=READ)
def test_what_is_read(space: Space, data: bytes) -> None:
    space.write("Jobfile.toml", data)
    assert len(space.run("list").out.splitlines()) == 1


@pytest.mark.case("F06")
@pytest.mark.parametrize(("data", "told", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_with_its_line(space: Space, data: bytes, told: str, line: int) -> None:
    space.write("Jobfile.toml", data)
    err = space.run("list", code=2).err
    assert told.lower() in err.lower()
    assert f"  --> Jobfile.toml:{line}\n" in err
    assert not set(err) & set("\0\r\x1b\u202e")


@pytest.mark.case("F06", "F12")
def test_a_name_in_letters_that_look_alike_is_told_apart(space: Space) -> None:
    space.jobfile(RIGHT.replace("target.a", 'target."train"'))
    err = space.run("build", "tr\u0430in", code=2).err
    assert err.endswith("hint: did you mean `train`? its `a` is U+0061, here stands U+0430\n")


@pytest.mark.case("F06", "G13")
def test_what_cannot_be_seen_in_names_of_files_is_shown(space: Space) -> None:
    for mark in ("\u202e", "\u200f", "\u200b", "\ufeff", "\u2028"):
        space.jobfile(f'target.a = {{ run = "cat {{inputs}}", inputs = ["in{mark}put"] }}')
        err = space.run("build", code=2).err
        assert f"`in\\u{ord(mark):04x}put`" in err
        assert mark not in err


# -- what is no file ---------------------------------------------------------------------------


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (os.mkdir, "Is a directory"),
    "a pipe": (os.mkfifo, "it is not a regular file"),
    "a socket": (_socket, "No such device or address"),
    "an endless device": (lambda path: path.symlink_to("/dev/zero"), "it is not a regular file"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "Too many levels of symbolic"),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
}


@pytest.mark.case("F07")
@pytest.mark.parametrize(("make", "told"), KINDS.values(), ids=KINDS)
def test_a_jobfile_that_is_no_file(space: Space, make: Callable[[Path], object], told: str) -> None:
    path = space.path("Jobfile.toml")
    make(path)
    err = space.run("build", code=2).err
    assert err.startswith(f"error: the Jobfile `{path}` cannot be read: {told}")


@pytest.mark.case("F07")
def test_a_jobfile_that_changes_while_it_is_read_is_read_whole_once(space: Space) -> None:
    """Half of one and half of another would be nobody's Jobfile."""
    one, other = (RIGHT.replace("hi", text * 60_000) for text in ("a", "b"))
    space.jobfile(one)
    building = space.start("build", "-q")
    while building.poll() is None:
        for text in (other, one):
            space.write("new", text)
            os.replace(space.path("new"), space.path("Jobfile.toml"))
    _, err = building.communicate()
    assert (building.returncode, err) == (0, b"")
    assert set(space.read("o").strip()) in ({"a"}, {"b"})


# -- very large --------------------------------------------------------------------------------

LARGE = {
    "comments": "# x\n" * 2_500_000 + RIGHT,
    "one text": f'[params]\nx = "{"y" * 10_000_000}"\n' + RIGHT,
    "one list": f"[params]\nx = [{'1, ' * 1_000_000}]\n" + RIGHT,
}


@pytest.mark.case("F05")
@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_jobfile_of_many_megabytes_is_read_in_seconds(space: Space, text: str) -> None:
    space.jobfile(text)
    taken = measured(space, "list")
    assert (taken.code, taken.out) == (0, "a\n"), taken.err
    assert taken.seconds < 5
    assert taken.megabytes < 300


# -- what would grow without end ---------------------------------------------------------------

AXES = ", ".join(f"x{n} = {list(range(99))}" for n in range(5))
DOUBLED = "".join(f'x{n} = "{{params.x{n - 1}}}{{params.x{n - 1}}}"\n' for n in range(1, 31))
BOMBS = {
    # a param's text is put in as it stands: what looks like a placeholder in it is text
    "params of params": (f'[params]\nx0 = "ha"\n{DOUBLED}[target.a]\nrun = "echo {{params.x30}}"\n',
                         0, "built a"),
    "a param of itself": ('[params]\nx = "{params.x}"\n[target.a]\nrun = "echo {params.x}"\n',
                          0, "built a"),
    "a gigabyte": (f'[params]\nx = "{"y" * 1_000_000}"\n[target.a]\n'
                   f'run = "echo {"{params.x}" * 1000}"\n', 1,
                   "error: target `a` failed: `{params.x}` makes the text longer than 16 million"),
    "axes without end": (f"[target.a]\nmatrix = {{ {AXES} }}\n"
                         'run = "true"\n', 2, "error: `matrix` makes 9,509,900,499 instances"),
    "a Jobfile in itself": ('[project]\ninclude = ["Jobfile.toml"]\n', 2,
                            "error: Jobfiles include each other: `Jobfile.toml -> Jobfile.toml`"),
    "nobody's param": ('[params]\nname = 1\n[target.a]\nrun = "echo {params.nmae}"\n', 2,
                       "hint: did you mean `name`?"),
}  # fmt: skip


@pytest.mark.case("F08")
@pytest.mark.parametrize(("text", "code", "told"), BOMBS.values(), ids=BOMBS)
def test_no_text_grows_without_end(space: Space, text: str, code: int, told: str) -> None:
    space.jobfile(text)
    result = space.build(code=code)
    told_well(result)
    assert told in result.err


@pytest.mark.case("F08")
def test_what_would_grow_takes_little_memory(space: Space) -> None:
    space.jobfile(BOMBS["a gigabyte"][0])
    taken = measured(space, "build", before=["prlimit", "--as=900000000"])
    assert taken.code == 1, taken.err
    assert taken.megabytes < 200
