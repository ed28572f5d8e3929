"""A codec by the contract; those that ship with jobmake have tests of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jobmake.testing import CodecContract
from tests.values.shapes import Box


class Boxes:
    name = "box"
    types: Sequence[str] = ("tests.values.shapes:Box",)

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        return {"content": value.content}, [value.data]

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        return Box(plain["content"], bytes(blobs[0]))


class TestBoxes(CodecContract):
    def make(self) -> Boxes:
        return Boxes()

    def values(self) -> list[Box]:
        return [Box((1, {2}), b"x"), Box(None, b"y" * 5000), Box(Box(1))]
