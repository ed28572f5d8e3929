"""What holds for every codec.

    class TestImages(CodecContract):
        def make(self):
            return Images()

        def values(self):
            return [Image(1, 1), Image(640, 480)]

Knows how values are kept. Does not know any codec.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from jobmake.model.contracts import Codec
from jobmake.values.codec import from_json, read_value, to_json, value_parts, write_value
from jobmake.values.codecs import add_codec, drop_codec


class CodecContract:
    """The tests; who inherits says how a codec is made, and gives values that differ."""

    def make(self) -> Codec:
        """Return a new codec."""
        raise NotImplementedError("`make` returns the codec")

    def values(self) -> Sequence[Any]:
        """Return some values of its types, no two of which are equal."""
        raise NotImplementedError("`values` gives values of its types")

    def same(self, one: Any, other: Any) -> bool:
        """Say whether two values are the same: where `==` does not tell, as of arrays."""
        return bool(one == other)

    @pytest.fixture(autouse=True)
    def _known(self) -> Iterator[None]:
        codec = self.make()
        add_codec(codec)
        yield
        with suppress(KeyError):
            drop_codec(codec)

    def test_its_name_and_types_are_texts_that_stay(self) -> None:
        one, other = self.make(), self.make()
        assert one.name, "a codec needs a `name`"
        assert one.name == other.name
        for text in one.types:
            assert text.count(":") == 1, f"a type is named as `module:qualname`, not {text!r}"
        named = {f"{type(value).__module__}:{type(value).__qualname__}" for value in self.values()}
        assert named <= set(one.types), "`values` has some of other types"

    def test_every_value_comes_back_as_it_was(self, tmp_path: Path) -> None:
        for value in self.values():
            write_value(tmp_path / "value", [value])
            for [back] in (read_value(tmp_path / "value"), from_json(to_json([value]))):
                assert type(back) is type(value)
                assert self.same(back, value), f"{value!r} came back as {back!r}"

    def test_equal_values_have_the_same_bytes_and_others_have_not(self) -> None:
        values = self.values()
        for value in values:
            assert _bytes(value) == _bytes(copy.deepcopy(value)), f"of {value!r} each time others"
        assert len({_bytes(value) for value in values}) == len(values), "two have the same bytes"

    def test_to_keep_a_value_does_not_change_it(self) -> None:
        for value in self.values():
            before = copy.deepcopy(value)
            to_json(value)
            assert self.same(before, value), f"{before!r} was changed"

    def test_what_comes_back_is_a_value_of_its_own(self) -> None:
        for value in self.values():
            kept = to_json(value)
            before = copy.deepcopy(kept)
            from_json(kept)
            assert kept == before, "`decode` changes what is stored"


def _bytes(value: Any) -> bytes:
    return b"".join(map(bytes, value_parts(value)))
