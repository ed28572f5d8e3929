"""A target with thousands of inputs and needs: it is asked once, not for each pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.engine.meeting import Meeting, Naming
from jobmake.model.target import FilePattern

if TYPE_CHECKING:
    from jobmake.model.target import FileKind


def pattern(kind: FileKind, path: str) -> FilePattern:
    return FilePattern("", kind, path, ())


def test_patterns_meet_where_one_may_name_what_the_other_makes() -> None:
    meeting = Meeting([pattern("file", "a/b/c.txt"), pattern("glob", "out/*.o")])
    met = [("file", "a/b/c.txt"), ("folder", "a"), ("folder", "a/b"), ("file", "out/x.o")]
    met += [("folder", "out"), ("glob", "**/*.o"), ("glob", "out/*/x"), ("folder", "out/deep")]
    apart = [("file", "a/b/d.txt"), ("file", "c.txt"), ("folder", "ou"), ("glob", "a/c/*")]
    assert all(meeting.meets(pattern(kind, path)) for kind, path in met)
    assert not any(meeting.meets(pattern(kind, path)) for kind, path in apart)


def test_nothing_meets_nothing() -> None:
    assert not Meeting([]).meets(pattern("glob", "*.txt"))


def test_paths_are_named_by_files_folders_and_globs() -> None:
    naming = Naming([pattern("file", "a.txt"), pattern("folder", "d/e"), pattern("glob", "g/*.c")])
    assert all(naming.names(path) for path in ("a.txt", "d/e/", "d/e/f/g", "g/x.c"))
    assert not any(naming.names(path) for path in ("b.txt", "d/", "d/ef", "g/h/x.c"))
