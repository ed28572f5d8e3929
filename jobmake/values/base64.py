"""Bytes as text, in the form called base64.

Knows nothing else.

Invariant: bytes have one text, and only that text gives them.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import Any


def to_text(data: memoryview) -> str:
    """Return bytes as base64."""
    return b2a_base64(data, newline=False).decode()


def from_text(text: Any) -> bytearray:
    """Return the bytes of a base64 text. Raises ValueError."""
    return bytearray(a2b_base64(text, strict_mode=True))
