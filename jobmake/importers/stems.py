"""Many targets that differ in one word only, as one target with `each` or `matrix`.

Knows texts and the word in which they differ. Takes two targets for the same only if the
one text, filled in, gives each of the others to the letter.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Sequence
from typing import Any

from jobmake.tools.pathnames import has_magic

_PLAIN = re.compile(r"[\w.+-]+", re.ASCII)
_MARK = "\0"


def common(stems: Sequence[str], targets: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what the targets have in common, with a NUL where each has its stem."""
    if len(set(stems)) != len(stems) or not all(_PLAIN.fullmatch(stem) for stem in stems):
        return None
    first = targets[0]
    if any(list(one) != list(first) for one in targets):
        return None
    shared: dict[str, Any] = {}
    for key in first:
        found = _common_value(stems, [one[key] for one in targets])
        if found is None:
            return None
        shared[key] = found
    return shared


def filled(value: Any, text: str) -> Any:
    """Return a value of `common` with ``text`` in place of the stem."""
    if isinstance(value, str):
        return value.replace(_MARK, text)
    return [filled(one, text) for one in value] if isinstance(value, list) else value


def as_one(
    stems: Sequence[str],
    shared: dict[str, Any],
    root: str,
    listed: Callable[[str], Sequence[str]],
    is_made: Callable[[str], bool],
) -> dict[str, Any]:
    """Return the one target: over the files of a glob where that is all of them, else a list.

    ``listed`` gives the files of a glob below ``root``, ``is_made`` says whether a target
    makes a file.
    """
    inputs = shared.get("inputs") or [""]
    main = inputs[0]
    ending = main.rpartition(_MARK)[2]
    simple = main.count(_MARK) == 1 and re.fullmatch(r"\.\w+", ending) and not has_magic(main)
    if simple and posixpath.basename(main) == _MARK + ending:
        files = [main.replace(_MARK, stem) for stem in stems]
        glob = main.replace(_MARK, "*")
        known = all(os.path.isfile(os.path.join(root, one)) for one in files)
        if known and sorted(files) == list(listed(glob)) and not any(map(is_made, files)):
            one = filled({**shared}, "") | {
                key: filled(value, "{each.src.stem}") for key, value in shared.items()
            }
            one["inputs"] = ["{each.src}", *one["inputs"][1:]]
            return {"each": {"src": glob}, **one}
    one = {key: filled(value, "{matrix.stem}") for key, value in shared.items()}
    return {"matrix": {"stem": sorted(stems)}, **one}


def _common_value(stems: Sequence[str], values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, list):
        if any(len(one) != len(first) for one in values):
            return None
        found = [_common_value(stems, column) for column in zip(*values, strict=True)]
        return None if None in found else found
    if isinstance(first, str):
        return _common_text(stems, values)
    return first if all(one == first for one in values) else None


def _common_text(stems: Sequence[str], texts: Sequence[str]) -> str | None:
    """Find where the first text has its stem and the others have theirs."""
    if all(text == texts[0] for text in texts):
        return texts[0]
    first, stem = texts[0], stems[0]
    pieces: list[str] = []
    at, others = 0, [0] * len(texts)  # how far each text has been read
    while at < len(first):
        end = first.find(stem, at)
        end = len(first) if end < 0 else end
        literal = first[at:end]
        if any(
            not text.startswith(literal, begin) for text, begin in zip(texts, others, strict=True)
        ):
            return None
        pieces.append(literal)
        others = [begin + len(literal) for begin in others]
        at = end
        if at == len(first):
            break
        varies = all(
            text.startswith(own, begin)
            for text, own, begin in zip(texts, stems, others, strict=True)
        )
        pieces.append(_MARK if varies else stem[0])
        lengths = [len(own) if varies else 1 for own in stems]
        if not varies and any(
            not text.startswith(stem[0], begin) for text, begin in zip(texts, others, strict=True)
        ):
            return None
        others = [begin + length for begin, length in zip(others, lengths, strict=True)]
        at += lengths[0]
    shared = "".join(pieces)
    same = all(shared.replace(_MARK, own) == text for own, text in zip(stems, texts, strict=True))
    return shared if same else None
