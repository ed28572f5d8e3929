"""Codecs: by code, by plugins; two for one thing are an error."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from jobmake.values.codec import from_json, to_json
from jobmake.values.codecs import add_codec, drop_codec
from jobmake.values.simple import Simple
from jobmake.values.trouble import CodecError, NotKept, UnreadableValue
from tests.values.same import there_and_back
from tests.values.shapes import Box


class Boxes:
    name = "box"
    types: Sequence[str] = ("tests.values.shapes:Box",)

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        return {"content": value.content}, [value.data]

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        return Box(plain["content"], bytes(blobs[0]))


@pytest.fixture
def boxes() -> Iterator[Boxes]:
    codec = Boxes()
    add_codec(codec)
    yield codec
    drop_codec(codec)


@pytest.mark.usefixtures("boxes")
def test_a_codec_lets_values_of_its_type_be_kept(tmp_path: Path) -> None:
    value = [Box((1, {2}), b"x"), {Box(None, b"y" * 5000)}, Box(Box(1))]

    for back in there_and_back(value, tmp_path):
        assert back == value


@pytest.mark.usefixtures("boxes")
def test_what_a_codec_cannot_hand_on_is_told_by_the_codecs_name() -> None:
    with pytest.raises(NotKept) as error:
        to_json({"a": Box([lambda: 0])})

    assert str(error.value) == 'value["a"]: a lambda cannot be kept (inside a `box`)'


@pytest.mark.usefixtures("boxes")
def test_what_a_codec_raises_is_told_by_its_name() -> None:
    value = [Box(1)]
    del value[0].data

    with pytest.raises(NotKept) as error:
        to_json(value)

    assert str(error.value) == (
        "value[0]: the codec `box` cannot keep it: "
        "AttributeError: 'Box' object has no attribute 'data'"
    )


def test_a_codec_that_is_not_there_is_told(boxes: Boxes) -> None:
    stored = to_json(Box(1))
    drop_codec(boxes)
    with pytest.raises(UnreadableValue) as error:
        from_json(stored)
    add_codec(boxes)

    assert str(error.value) == "a stored value needs the codec `box`, which is not there"
    assert error.value.hint == "install the plugin that has it, or add it with `add_codec`"


@pytest.mark.usefixtures("boxes")
def test_two_codecs_for_one_thing_are_an_error_that_names_both() -> None:
    class Others(Boxes):
        pass

    mine, own = "`tests.values.test_codecs:Boxes`", Others.__qualname__
    with pytest.raises(CodecError) as error:
        add_codec(Others())
    assert str(error.value) == (
        f"two codecs are named `box`: {mine} and `tests.values.test_codecs:{own}`"
    )

    class Crates(Others):
        name = "crate"

    with pytest.raises(CodecError) as error:
        add_codec(Crates())
    assert str(error.value) == (
        f"two codecs are for the type `tests.values.shapes:Box`: {mine} and "
        f"`tests.values.test_codecs:{Crates.__qualname__}`"
    )

    with pytest.raises(CodecError) as error:
        add_codec(Simple("decimal", "x:X", str, Box))
    assert str(error.value) == (
        "two codecs are named `decimal`: `jobmake.values.builtin:_decimal` and "
        "`tests.values.shapes:Box`"
    )

    class Tuples(Boxes):
        name = "tuple"
        types = ()

    with pytest.raises(CodecError, match="has the name `tuple`, which jobmake uses"):
        add_codec(Tuples())


def test_a_codec_of_the_same_class_takes_the_place_of_the_old_one(boxes: Boxes) -> None:
    drop_codec(boxes)
    add_codec(Boxes())
    add_codec(boxes)  # the cell of a notebook was run again

    assert from_json(to_json(Box(1))) == Box(1)


PLUGIN = """
from jobmake.values.simple import Simple

def jobmake_codecs():
    return [Simple("plain", "tests.values.shapes:Plain", vars, back)]

def back(told):
    from tests.values.shapes import Plain
    return Plain(**told)
"""
KEEP = """
import sys
from jobmake.values.codec import from_json, to_json
from tests.values.shapes import Plain
to_json([1, {2}])
assert "importlib.metadata" not in sys.modules
print(from_json(to_json([Plain((1, 2))]))[0].mask)
"""


def run_with_plugins(folder: Path, code: str, **plugins: str) -> subprocess.CompletedProcess[str]:
    for name, text in plugins.items():
        (folder / f"{name}.py").write_text(text)
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[jobmake]\n{name} = {name}\n")
    paths = os.pathsep.join([str(folder), os.getcwd()])
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_plugins_codec_is_found_when_no_other_knows_the_type(tmp_path: Path) -> None:
    done = run_with_plugins(tmp_path, KEEP, plainly=PLUGIN, other="x = 'no codecs here'")

    assert (done.stdout, done.stderr) == ("(1, 2)\n", "")


def test_a_plugin_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    done = run_with_plugins(tmp_path, KEEP, broken="import nothing_of_that_name")

    assert (
        "CodecError: the plugin `broken` cannot be loaded: "
        "ModuleNotFoundError: No module named 'nothing_of_that_name'" in done.stderr
    )


def test_two_plugins_for_one_type_are_an_error_that_names_both(tmp_path: Path) -> None:
    class_of_its_own = PLUGIN.replace("Simple(", "Mine(").replace(
        "def jobmake_codecs", "class Mine(Simple): place = 'mine:Mine'\n\ndef jobmake_codecs"
    )
    done = run_with_plugins(tmp_path, KEEP, plainly=PLUGIN, mine=class_of_its_own)

    assert "CodecError: two codecs are named `plain`: " in done.stderr
    assert "`plainly:back`" in done.stderr
