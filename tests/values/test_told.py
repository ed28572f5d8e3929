"""Stored values as `show` tells them: as Python writes them, and no code of theirs is loaded."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from jobmake.values.codec import value_parts
from jobmake.values.telling import told


def test_a_value_is_told_as_python_writes_it() -> None:
    assert told(b"".join(value_parts({1: (date(2026, 1, 1), b"x")}))) == (
        b"{1: (datetime.date(2026, 1, 1), b'x')}\n"
    )
    assert told(b"".join(value_parts("two\nlines"))) == b"two\nlines\n"


def test_what_is_no_stored_value_stays_as_it_is() -> None:
    whole = b"".join(value_parts([1]))

    for data in (b"plain text", b"", whole.replace(b"[1]", b"[2]"), whole[:-1]):
        assert told(data) == data


def test_a_value_of_a_projects_class_is_told_without_loading_it(tmp_path: Path) -> None:
    sys.path.append(str(tmp_path))
    try:
        (tmp_path / "of_a_project.py").write_text(
            "from dataclasses import dataclass\n@dataclass\nclass Score:\n    points: int\n"
        )
        import of_a_project  # type: ignore[import-not-found]

        data = b"".join(value_parts(of_a_project.Score(3)))
        del sys.modules["of_a_project"]
        (tmp_path / "of_a_project.py").write_text("raise SystemExit('it was loaded')")

        assert b'"of_a_project:Score"' in told(data)
        assert "of_a_project" not in sys.modules
    finally:
        sys.path.remove(str(tmp_path))
