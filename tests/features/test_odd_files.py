"""Files with odd names and of odd kinds: as inputs, in the places of outputs, in folders; and
what locale and order have to do with them (nothing).
"""

from __future__ import annotations

import os
import socket
import unicodedata
from collections.abc import Callable

import pytest

from tests.amounts import amount
from tests.oracles import heals, told_well
from tests.support import Space

COPY = 'target.copy = { run = "cat {inputs} > {outputs}", inputs = ["in"], outputs = ["out"] }\n'
CAT = 'target.cat = { run = "cat {inputs} > {outputs}", inputs = ["in/*"], outputs = ["out"] }\n'


# -- in the place of an output ---------------------------------------------------------------


def bind_a_socket(space: Space) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(space.path("out")))


REPLACED: dict[str, Callable[[Space], object]] = {
    "a link to nothing": lambda space: space.path("out").symlink_to("nothing"),
    "a link to a folder": lambda space: space.path("out").symlink_to("precious"),
}
TOLD: dict[str, Callable[[Space], object]] = {
    "a fifo": lambda space: os.mkfifo(space.path("out")),
    "a socket": bind_a_socket,
    "a link to itself": lambda space: space.path("out").symlink_to("out"),
    "a link to a device": lambda space: space.path("out").symlink_to("/dev/full"),
}


@pytest.fixture
def copied(space: Space) -> Space:
    """A copy that was built, and removed again."""
    space.jobfile(COPY)
    space.write("in", "text")
    space.write("precious/file", "precious")
    space.build()
    space.path("out").unlink()
    return space


@pytest.mark.case("A21")
@pytest.mark.parametrize("kind", REPLACED)
def test_a_link_in_an_outputs_place_is_replaced_and_not_followed(copied: Space, kind: str) -> None:
    REPLACED[kind](copied)

    assert copied.build("--no-cache").built == ["copy"]

    assert not copied.path("out").is_symlink()
    assert copied.read("out") == "text"
    assert copied.read("precious/file") == "precious"
    assert not copied.exists("nothing")


@pytest.mark.case("A21")
@pytest.mark.parametrize("kind", TOLD)
def test_what_is_no_file_in_an_outputs_place_is_told(copied: Space, kind: str) -> None:
    TOLD[kind](copied)

    result = copied.build(code=1)

    told_well(result)
    assert "target `copy` failed: " in result.err
    assert "`out`" in result.err
    if kind != "a link to itself":
        assert "hint: a pipe, a socket or a device has no content to be recorded" in result.err
    copied.path("out").unlink()
    heals(copied, {"out": "text"})


# -- as inputs -------------------------------------------------------------------------------


@pytest.mark.case("A23")
def test_a_file_that_becomes_a_folder_and_back_is_seen(space: Space) -> None:
    space.jobfile('target.names = { run = "ls in/a > out", inputs = ["in/"], outputs = ["out"] }\n')
    space.write("in/a", "")
    space.build()

    space.path("in/a").unlink()
    space.path("in/a").mkdir()
    assert space.build("--no-cache").built == ["names"]

    space.path("in/a").rmdir()
    space.write("in/a", "")
    assert space.build("--no-cache").built == ["names"]


@pytest.mark.case("A23")
def test_the_order_of_matches_is_the_same_in_every_locale(space: Space) -> None:
    space.jobfile(CAT)
    for name in ("I", "i", "ı", "İ", "Z", "a", "ä", "é", "_", "0"):
        space.write(f"in/{name}", name)
    space.build(env={"LC_ALL": "C"})

    for locale in ("tr_TR.UTF-8", "de_DE.UTF-8", "POSIX", "C.UTF-8"):
        assert space.build(env={"LC_ALL": locale}).fresh == ["cat"]
    assert space.read("out") == "0IZ_aiäéİı"


@pytest.mark.case("A24")
def test_a_link_that_is_led_elsewhere_is_seen_and_one_in_a_circle_is_told(space: Space) -> None:
    outside = Space(space.root.with_name("outside"))
    space.jobfile(COPY)
    space.write("one", "1")
    outside.write("two", "2")
    space.path("in").symlink_to("one")
    space.build()

    for target, text in (("../outside/two", "2"), (str(space.path("one")), "1")):
        space.path("in").unlink()
        space.path("in").symlink_to(target)
        assert space.build("--no-cache").built == ["copy"]
        assert space.read("out") == text

    space.path("in").unlink()
    space.path("in").symlink_to("in")
    result = space.build(code=None)
    told_well(result, codes=[1, 2])
    assert "`in`" in result.err


# -- names -----------------------------------------------------------------------------------

ODD = {
    "as long as can be": "x" * 255,
    "of letters of four bytes": "𝒳" * 63,
    "with an accent in one": unicodedata.normalize("NFC", "é"),
    "with an accent in two": unicodedata.normalize("NFD", "é"),
    "with a dot at the end": "end.",
    "with dots": "a...b",
    "of spaces": "  ",
    "with a hash": "#",
    "with a percent sign": "%s%d",
    "with a colon": "C:file",
    "of brackets": "[]{}",
    "of a tilde": "~",
    "of a line end": "a\nb",
    "of a tab and a bell": "\t\a",
    "of a backslash": "\\n",
}


@pytest.mark.case("A33")
def test_names_are_taken_as_they_are(space: Space) -> None:
    for kind, name in ODD.items():
        space.write(f"in/{name}", f"{kind}\n")
    space.jobfile(
        """
        [target.copy]
        each = { file = "in/*" }
        run = "cat {each.file} > {outputs}"
        inputs = ["{each.file}"]
        outputs = ["out/{each.file.name}"]
        """
    )

    assert len(space.build().built) == len(ODD)

    assert {name: space.read(f"out/{name}") for name in ODD.values()} == {
        name: f"{kind}\n" for kind, name in ODD.items()
    }
    assert space.build().built == []
    space.path(".jobmake/index").unlink()  # what is known is in the lockfile, and comes back
    assert space.build().built == []


@pytest.mark.case("A14")
def test_texts_that_look_alike_are_two(space: Space) -> None:
    def jobfile(form: str) -> None:
        text = unicodedata.normalize(form, "é")
        space.jobfile(f'params.x = "{text}"\ntarget.a.run = "echo {{params.x}}"\n')

    jobfile("NFC")
    assert space.build().built == ["a"]
    assert space.build().built == []
    jobfile("NFD")
    assert space.build().built == ["a"]


@pytest.mark.case("A34")
def test_very_many_inputs_in_a_command_are_told_before_it_starts(space: Space) -> None:
    size = amount(10_000, 100_000)
    for number in range(size):
        folder = f"in/{number // 1000:03}-{'x' * 240}"
        if number % 1000 == 0:
            space.path(folder).mkdir(parents=True)
        space.path(f"{folder}/{number}").touch()
    space.jobfile('target.a = { argv = ["true", "{inputs}"], inputs = ["in/*/*"] }\n')

    result = space.build(code=1)

    assert "`a` failed: the command has " in result.err
    assert "and the system takes " in result.err
    assert "Argument list too long" not in result.err
    space.replace("Jobfile.toml", '"{inputs}"', '"x"')
    assert space.build().built == ["a"]


# -- what is declared ------------------------------------------------------------------------


@pytest.mark.case("A17")
def test_an_input_that_comes_or_goes_is_seen_though_nobody_reads_it(space: Space) -> None:
    space.jobfile('target.a = { run = "echo x > out", inputs = ["1", "2"], outputs = ["out"] }\n')
    space.write("1", "")
    space.write("2", "")
    space.build("--no-cache")

    for inputs in ('"1"', '"1", "2"', '"2", "1"'):  # the order is what a command sees of them
        space.jobfile(
            f'target.a = {{ run = "echo x > out", inputs = [{inputs}], outputs = ["out"] }}\n'
        )
        assert space.build("--no-cache").built == ["a"]
        assert space.build("--no-cache").fresh == ["a"]


@pytest.mark.case("A18")
def test_a_target_with_another_name_is_built_and_what_the_old_one_made_is_told(
    space: Space,
) -> None:
    space.jobfile('target.old = { run = "echo x > old.txt", outputs = ["old.txt"] }\n')
    space.build()
    space.jobfile('target.new = { run = "echo x > new.txt", outputs = ["new.txt"] }\n')

    assert space.build().built == ["new"]

    assert space.read("old.txt") == "x\n"
    assert "old.txt" in space.run("status", "-v").out + space.run("clean", "-n", "--left").out


@pytest.mark.case("A27")
def test_in_every_order_an_input_that_is_made_by_accident_is_told_alike(space: Space) -> None:
    """`user` reads what `maker` makes without saying so: nobody knows, whatever comes first."""
    others = "".join(f'[target.other{n}]\nrun = "true"\n' for n in range(4))
    space.jobfile(
        f"""
        [target.maker]
        run = "echo x > declared; echo x > accident"
        outputs = ["declared"]
        [target.user]
        run = "cat accident"
        inputs = ["accident"]
        {others}
        """
    )

    said = {
        space.build("-j8", "--shuffle", str(seed), code=2).err for seed in range(amount(5, 100))
    }

    [only] = said
    assert only.startswith("error: input `accident` of target `user` does not exist\n")
    assert "hint: put it there, or name the target that makes it\n" in only
