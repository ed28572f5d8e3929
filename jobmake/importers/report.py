"""What an import has to say: line by line what was not carried over, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.tools.display import count, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.importers.draft import Draft

VERSION = 1
_LONGEST = 120


def lines(draft: Draft, written: str) -> Iterator[str]:
    """Yield one line per note in the order of the file, and a summary. ``written``: where to."""
    for note in in_order(draft):
        text = one_line(note.text, _LONGEST)
        quoted = f"`{text}`: " if text else ""
        place = f"{one_line(note.file)}:{note.line}" if note.line else one_line(note.file)
        yield f"note: {place}: {quoted}{one_line(note.done)}"
    total = f"wrote {one_line(written)}: {count(len(draft.targets), 'target')}"
    places = len({(note.file, note.line, note.text) for note in draft.notes})
    yield f"{total}; {count(places, 'line needs', 'lines need')} your eyes" if places else total


def as_json(draft: Draft, kind: str, written: str | None, text: str | None) -> dict[str, Any]:
    """Return the report for programs; ``text`` is the Jobfile where it went nowhere."""
    report: dict[str, Any] = {
        "version": VERSION,
        "file": draft.source.name,
        "from": kind,
        "written": written,
        "targets": list(draft.targets),
        "notes": [
            {"file": note.file, "line": note.line, "text": note.text, "done": note.done}
            for note in in_order(draft)
        ],
    }
    return report if text is None else {**report, "jobfile": text}


def in_order(draft: Draft) -> list[Any]:
    """Return the notes, those of the imported file first."""
    own = draft.source.name
    return sorted(draft.notes, key=lambda note: (note.file != own, note.file, note.line))
