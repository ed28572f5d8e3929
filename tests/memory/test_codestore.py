"""What is known of code outlives the process, and damage costs only reading again."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobmake.code.code import Code, Reached
from jobmake.memory import codestore
from jobmake.memory.codestore import CodeStore, Difference

JOB = "import helpers\nSIZE = 1\ndef run(): return helpers.f() + SIZE\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "helpers.py").write_text("def f(): return g()\ndef g(): return 1\n")
    return tmp_path


def ask(root: Path, store: CodeStore, reads: list[str] | None = None) -> Reached:
    def read(path: str) -> bytes:
        if reads is not None:
            reads.append(path)
        return (root / path).read_bytes()

    return Code(str(root), ["."], store.known, read=read, site=()).of("job", "run")


def test_what_is_kept_gives_the_same_answer(root: Path) -> None:
    store = CodeStore(str(root / "code"))
    first = ask(root, store)
    assert store.save()

    again = CodeStore(str(root / "code"))
    assert ask(root, again) == first
    assert not again.save()  # nothing new


def test_a_file_that_changed_back_is_not_parsed_again(root: Path) -> None:
    store = CodeStore(str(root / "code"))
    first = ask(root, store)
    (root / "job.py").write_text(JOB.replace("SIZE = 1", "SIZE = 2"))
    ask(root, store)
    store.save()

    again = CodeStore(str(root / "code"))
    (root / "job.py").write_text(JOB)
    keys = set(again.known.entries)
    assert ask(root, again) == first
    assert set(again.known.entries) == keys


def test_the_names_that_changed_can_be_told(root: Path) -> None:
    store = CodeStore(str(root / "code"))
    before = ask(root, store)
    store.remember(before)
    store.save()

    (root / "job.py").write_text("import helpers\nMORE = 2\ndef run(): return helpers.f() + MORE\n")
    (root / "helpers.py").write_text("def f(): return g()\ndef g(): return 2\n")
    again = CodeStore(str(root / "code"))
    after = ask(root, again)

    def difference(path: str) -> Difference | None:
        return again.difference(before.parts[path], after.bindings[path])

    assert difference("job.py") == Difference(("run",), ("MORE",), ("SIZE",))
    assert difference("helpers.py") == Difference(("g",), (), ())
    assert again.difference("xxh3:0", {}) is None


@pytest.mark.case("C11")
def test_no_store_and_any_damage_are_an_empty_store(root: Path) -> None:
    store = CodeStore(str(root / "code"))
    first = ask(root, store)
    store.save()
    whole = (root / "code").read_bytes()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        (root / "code").write_bytes(damaged)
        assert CodeStore(str(root / "code")).known.entries == {}
        (root / "code").write_bytes(whole[:place])
        assert CodeStore(str(root / "code")).known.entries == {}
    assert ask(root, CodeStore(str(root / "code"))) == first


def test_what_nobody_uses_goes_after_a_while(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codestore, "_IDLE", 3)
    path = str(root / "code")
    store = CodeStore(path)
    reached = ask(root, store)
    store.remember(reached)
    store.save()
    for number in range(5):
        other = CodeStore(path)
        other.known.put("other", (number,))
        other.save()
    left = CodeStore(path).known.entries
    assert {key.split()[0] for key in left} == {"part", "other"}


def test_the_store_does_not_grow_without_bound(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codestore, "_LIMIT", 5000)
    path = str(root / "code")
    for number in range(20):
        store = CodeStore(path)
        store.known.put(f"part {number}", "x" * 1000)
        store.save()
    kept = set(CodeStore(path).known.entries)
    assert kept == {f"part {number}" for number in range(15, 20)}
