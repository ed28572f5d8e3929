"""Which classes a stored value names: their code has a say in what the value does.

Reads what is stored; loads nothing. Knows the form of stored values.

Invariant: every class by whose name a value would be read again is named.
"""

from __future__ import annotations

import pickletools
import re
from typing import TYPE_CHECKING, Any

from jobmake.values.file import MAGIC, read_parts
from jobmake.values.trouble import UnreadableValue

if TYPE_CHECKING:
    from collections.abc import Iterator

# in JSON a quote within a text is escaped, so a text never looks like this
_CLASS = re.compile(rb'\{"\$(?:dataclass|enum|namedtuple|defaultdict)": \["([\w.]+:[\w.]+)"')
_PICKLE = b'{"$pickle": '
_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "MEMOIZE", "BINGET",
                    "LONG_BINGET"})  # fmt: skip


def classes_in(path: str) -> tuple[str, ...]:
    """Return the classes that the value in a file names, as `module:name`, sorted; none of what
    is no value of ours. Raises OSError."""
    with open(path, "rb") as file:
        if not file.readline(200).startswith(MAGIC):
            return ()
        head = file.readline()
        found = {match.decode() for match in _CLASS.findall(head)}
        if _PICKLE in head:
            file.seek(0)
            try:
                blobs = read_parts(file, path)[1]
            except UnreadableValue:
                blobs = []  # it is not as it was made, which is told elsewhere
            for blob in blobs:
                found.update(_pickled(bytes(blob)))
    return tuple(sorted(found))


def _pickled(data: bytes) -> Iterator[str]:
    """Yield the classes that a pickle names; what is no pickle names none."""
    if data[:1] != b"\x80":
        return
    texts: list[str] = []
    memo: list[str] = []
    try:
        for code, given, _ in pickletools.genops(data):
            argument: Any = given
            if code.name == "STACK_GLOBAL" and len(texts) > 1:
                yield f"{texts[-2]}:{texts[-1]}"
            elif code.name == "MEMOIZE":
                memo.append(texts[-1] if texts else "")
            elif code.name in ("BINGET", "LONG_BINGET"):
                texts.append(memo[argument] if argument < len(memo) else "")
            elif isinstance(argument, str) and code.name in _TEXTS:
                texts.append(argument)
    except ValueError:
        return
