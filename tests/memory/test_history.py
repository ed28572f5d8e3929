"""The history of runs: what is kept, of which versions it is read, and what goes with time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from jobmake.memory import history as module
from jobmake.memory.history import History, PastRun
from jobmake.memory.pastruns import PastRuns, results_of

OLD_TABLE = """
create table runs (
    id integer primary key, jobfile text not null, target text not null, started real not null,
    seconds real, user real, system real, peak_memory integer,
    ended text, exit_code integer, signal integer,
    action text, command text, reasons text, log text
);
create index runs_of_target on runs (jobfile, target, id);
insert into runs values (7, 'Jobfile.toml', 'train', 1000.5, 2.5, 2, 0.25, 4096, 'built', 0, null,
    'xxh3:1', 'cat {inputs}', 'it was never built', '.jobmake/runs/7/log');
pragma user_version = 1;
"""
RUN = PastRun(
    id=1, jobfile="Jobfile.toml", target="train", started=1000.0, seconds=3.0, user=2.0,
    system=0.5, peak_memory=4096, ended="built", exit_code=0, signal=None, action="xxh3:1",
    command="cat {inputs}", reasons="it was never built", log=None, attempt=1,
    fingerprint="xxh3:f", line="cd / && true", params="{}", inputs="[]", outputs="{}",
    host="here", git="a" * 40, value="xxh3:v", error=None, files='{"a": "xxh3:a"}', result="ab",
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


def opened(path: Path) -> History:
    return History(str(path), str(path.parent / "runs"), count().__next__)


def kept(path: Path, *runs: PastRun) -> PastRuns:
    """A history that holds these runs."""
    history = opened(path)
    for run in runs:
        history.add(run)
    history.close()
    return PastRuns(str(path), "Jobfile.toml")


def old(path: Path) -> PastRuns:
    """A history of version 1, of one run."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD_TABLE)
    return PastRuns(str(path), "Jobfile.toml")


# -- versions --------------------------------------------------------------------------


def test_what_is_kept_is_read_as_it_was(path: Path) -> None:
    assert kept(path, RUN).run(1) == RUN


def test_a_history_of_version_1_is_read_as_it_is(path: Path) -> None:
    past = old(path)
    before = path.read_bytes()

    run = past.last("train")

    assert run is not None
    assert (run.id, run.started, run.ended, run.line, run.git) == (7, 1000.5, "built", None, None)
    assert past.seconds(["train"]) == {"train": 2.5}
    assert past.last_built(["train"]) == {"train": (7, 1000.5, 2.5)}
    assert past.of_record("train", "xxh3:f") is None
    assert path.read_bytes() == before


def test_a_history_of_version_1_is_carried_on_in_place(path: Path) -> None:
    old_run = old(path).run(7)

    history = opened(path)
    assert history.new_id() == "8"
    history.add(replace(RUN, id=8))
    history.close()

    past = PastRuns(str(path), "Jobfile.toml")
    assert past.runs() == [replace(RUN, id=8), old_run]
    assert history.notice is None
    assert [one.name for one in path.parent.iterdir()] == ["runs.db"]


def test_a_history_of_version_2_is_read_as_it_is_and_carried_on_in_place(path: Path) -> None:
    kept(path, RUN)
    with closing(sqlite3.connect(path)) as database, database:
        for name in ("files", "result"):
            database.execute(f"alter table runs drop column {name}")
        database.execute("pragma user_version = 2")
    before = path.read_bytes()

    past = PastRuns(str(path), "Jobfile.toml")
    assert past.runs() == [replace(RUN, files=None, result=None)]
    assert path.read_bytes() == before
    assert results_of(str(path), 20) is None  # it cannot say what is needed

    past = kept(path, replace(RUN, id=2))
    assert past.runs() == [replace(RUN, id=2), replace(RUN, files=None, result=None)]
    assert results_of(str(path), 20) == ({"Jobfile.toml"}, {"ab"})


def test_carrying_on_that_was_cut_off_is_done_again(path: Path) -> None:
    old(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("alter table runs add column attempt integer")

    opened(path).close()

    assert PastRuns(str(path), "Jobfile.toml").run(7) is not None


@pytest.mark.case("C11")
def test_a_history_of_a_newer_jobmake_is_left_alone_and_done_without(path: Path) -> None:
    kept(path, RUN)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("pragma user_version = 4")
    (path.parent / "runs" / "41").mkdir(parents=True)
    before = path.read_bytes()

    history = opened(path)
    assert history.new_id() == "42"
    history.add(replace(RUN, id=42))
    history.close()

    assert history.notice is not None
    assert "is of a newer jobmake" in history.notice
    assert path.read_bytes() == before
    assert PastRuns(str(path), "Jobfile.toml").runs() == []


@pytest.mark.case("C11")
@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_history_is_set_aside_and_begun_anew(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)

    history = opened(path)
    history.add(RUN)
    history.close()

    assert history.notice is not None
    assert "runs.db.damaged-1" in history.notice
    assert path.with_name("runs.db.damaged-1").read_bytes() == damage
    assert PastRuns(str(path), "Jobfile.toml").runs() == [RUN]


def test_what_is_no_utf_8_is_told_as_well_as_it_can_be(path: Path) -> None:
    past = kept(path, replace(RUN, command="cat \udcff", inputs='["\udcff"]'))

    run = past.run(1)

    assert run is not None
    assert run.command == "cat \\udcff"


# -- questions -------------------------------------------------------------------------


def many(*endings: str) -> list[PastRun]:
    """Runs one second after the other, each twice as long as the one before."""
    return [
        replace(RUN, id=at, started=1000.0 + at, seconds=float(2**at), ended=ended)
        for at, ended in enumerate(endings, 1)
    ]


def ids(runs: list[PastRun]) -> list[int]:
    return [run.id for run in runs]


def test_runs_are_given_newest_first_by_what_is_asked_of_them(path: Path) -> None:
    runs = many("built", "failed", "stopped", "timed out", "restored", "built")
    past = kept(path, *runs, replace(RUN, id=9, target="other"), replace(RUN, id=10, jobfile="x"))

    assert ids(past.runs()) == [9, 6, 5, 4, 3, 2, 1]
    assert ids(past.runs(["train"], limit=2)) == [6, 5]
    assert ids(past.runs(["train", "other"], failed=True)) == [4, 2]
    assert ids(past.runs(good=True)) == [9, 6, 5, 1]
    assert ids(past.runs(since=1005.0)) == [6, 5]
    assert past.runs([]) == []
    assert past.run(10) is None


def test_how_long_runs_take_is_the_median_of_the_last_good_ones(path: Path) -> None:
    past = kept(path, *many("built", "built", "built", "failed", *["built"] * 3, "restored"))

    assert past.seconds(["train", "nothing"]) == {"train": 32.0}  # of 4, 8, 32, 64 and 128
    assert past.last_built(["train"]) == {"train": (7, 1007.0, 128.0)}


@pytest.mark.parametrize("number", [3, 501])
def test_few_targets_and_many_are_answered_alike(path: Path, number: int) -> None:
    names = [f"t{at}" for at in range(number)]
    runs = [
        replace(RUN, id=1 + 7 * at + again, target=name, seconds=float(at + again))
        for at, name in enumerate(names)
        for again in range(7)
    ]
    past = kept(path, *runs, replace(RUN, id=9999, target="t1", jobfile="other.toml"))

    assert past.seconds(names) == {name: at + 4.0 for at, name in enumerate(names)}
    assert past.last_built(names) == {
        name: (7 * at + 7, 1000.0, at + 6.0) for at, name in enumerate(names)
    }


def test_the_run_that_made_a_record_is_found_by_its_fingerprint(path: Path) -> None:
    runs = many("built", "restored", "failed", "built")
    past = kept(path, *runs[:3], replace(runs[3], fingerprint="xxh3:other"))

    assert past.of_record("train", "xxh3:f") == runs[1]
    assert past.of_record("train", "xxh3:none") is None


def test_no_history_and_no_place_for_one_are_no_trouble_to_a_reader(path: Path) -> None:
    past = PastRuns(str(path), "Jobfile.toml")
    assert past.runs() == []
    path.mkdir()
    assert past.seconds(["train"]) == {}
    assert list(path.parent.iterdir()) == [path]


# -- what goes -------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    def limits(in_all: int, of_target: int) -> None:
        monkeypatch.setattr(module, "MOST_RUNS", in_all)
        monkeypatch.setattr(module, "MOST_OF_TARGET", of_target)

    return limits


def test_the_oldest_runs_of_a_target_go(path: Path, small: Callable[[int, int], None]) -> None:
    small(100, 3)
    past = kept(path, *many(*["built"] * 5), replace(RUN, id=9, target="other"))

    assert ids(past.runs()) == [9, 5, 4, 3]


def test_the_oldest_runs_in_all_go(path: Path, small: Callable[[int, int], None]) -> None:
    small(4, 100)
    past = kept(path, *many(*["built"] * 5), replace(RUN, id=9, target="other"))

    assert ids(past.runs()) == [9, 5, 4, 3]


def test_old_runs_are_looked_for_once_a_day(path: Path, small: Callable[[int, int], None]) -> None:
    small(100, 2)
    day = module.PRUNE_EVERY
    kept(path, *many("built", "built", "built"))
    past = kept(path, replace(RUN, id=4, started=1000.0 + day / 2))
    assert ids(past.runs()) == [4, 3, 2]

    past = kept(path, replace(RUN, id=5, started=1004.0 + day))
    assert ids(past.runs()) == [5, 4]


def test_ids_go_on_after_what_went(path: Path, small: Callable[[int, int], None]) -> None:
    small(1, 1)
    kept(path, *many("built", "built"))

    assert opened(path).new_id() == "3"
