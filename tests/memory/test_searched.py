"""Records that are found by searching are those that reading the whole lockfile gives."""

from __future__ import annotations

import random

import pytest

from jobmake.memory import lockfile
from jobmake.memory.locked import Locked
from jobmake.memory.searched import Searched
from jobmake.model.fingerprint import Fingerprint, Record

FIRST = ["a", "b", "é", 'z"q', "x y", "[t]", "n\nl", "\U0001f600"]


def record(number: int) -> Record:
    parts = [("action", "", f"xxh3:{number}"), ("input", f"a b{number}", "xxh3:0")]
    return Record(Fingerprint.of(parts), {f"o{number}": f"xxh3:{number}"})


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 50, 300])
@pytest.mark.parametrize("seed", range(10))
def test_any_lockfile_in_its_canonical_form(size: int, seed: int) -> None:
    chance = random.Random(seed)
    names = {
        f"{chance.choice(FIRST)}{chance.randrange(1000)}{chance.choice(['', '[s=1]', ' '])}"
        for _ in range(size)
    }
    now = {name: record(chance.randrange(9)) for name in names}
    text = lockfile.write(now)

    found = Searched(text)
    assert Locked.of_text(text) is not None
    assert set(found) == names
    assert len(found) == len(names)
    assert bool(found) == bool(names)
    assert {name: found[name] for name in names} == now
    for name in ("", "0", "q", "zzz"):
        assert (found.get(name) is None) == (name not in names)

    for name in (*chance.sample(sorted(names), min(size, len(names), 3)), "0", "new", "\U0001f601"):
        found[name] = now[name] = record(77)
    for name in chance.sample(sorted(names), min(len(names), 2)):
        del found[name]
        del now[name]
        assert name not in found
    assert found.text() == lockfile.write(now)
    assert set(found) == set(now)


def test_a_record_that_is_not_whole_is_none_and_is_left_as_it_stands() -> None:
    text = lockfile.write({"a": record(1), "b": record(2)}).replace(b'"xxh3:2"', b'"xxh3:3"')
    found = Searched(text)

    assert found.get("b") is None
    assert found["a"] == record(1)
    found["a"] = record(1)
    assert found.text() == text
