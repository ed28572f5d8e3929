"""Stored values as text for people.

    told(bytes)    what `jobmake show --value` prints: a text as it is, all else as Python writes it

Knows stored bytes. Loads no code of a project: a value of its classes is told as it is stored.
"""

from __future__ import annotations

import json
import tempfile

from jobmake.values.base64 import from_text
from jobmake.values.decode import Decoder
from jobmake.values.file import MAGIC, read_parts
from jobmake.values.trouble import UnreadableValue

LONGEST = 100_000  # letters of a value that is told as it is stored


def told(data: bytes) -> bytes:
    """Return a value as a person reads it; what is none of our stored values stays as it is."""
    if not data.startswith(MAGIC):
        return data
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        try:
            plain, blobs = read_parts(file, "value")
        except UnreadableValue:
            return data

    def blob(place: object) -> bytearray:
        return blobs[place] if isinstance(place, int) else from_text(place)

    try:
        value = Decoder(blob, foreign=False).whole(plain)
    except UnreadableValue:
        return json.dumps(plain, ensure_ascii=False, indent=2)[:LONGEST].encode() + b"\n"
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "backslashreplace") + b"\n"
