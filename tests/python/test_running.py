"""The run that goes on: its own files, which are whole or not there, and what it keeps of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobmake import NotKept, RunningRun, current
from jobmake.python.running import Entered


@pytest.fixture
def run(tmp_path: Path) -> RunningRun:
    (tmp_path / "runs" / "7" / "files").mkdir(parents=True)
    return RunningRun("train", str(tmp_path / "runs" / "7"), root=str(tmp_path))


def there(run: RunningRun) -> set[str]:
    folder = Path(run.path, "files")
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_a_file_has_its_name_when_it_is_closed(run: RunningRun) -> None:
    with run.open("deep/a.txt", "w") as file:
        file.write("half")
        assert run.files("*.txt") == set()
    assert run.files("*.txt") == {"deep/a.txt"}
    with run.open("deep/a.txt") as file:
        assert file.read() == "half"


def test_an_exception_leaves_no_file_and_no_part_of_one(run: RunningRun) -> None:
    def write_half() -> None:
        with run.open("a.txt", "w") as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert there(run) == set()


def test_what_is_saved_comes_back_as_it_went_in(run: RunningRun) -> None:
    assert run.save({1: (2, {3})}, "some") == "some"
    assert run.load("some") == {1: (2, {3})}
    run.json_save({"b": 1, "a": [None]})
    assert run.json_load() == {"a": [None], "b": 1}
    assert Path(run.filename("result.json")).read_text().index('"a"') < 10, "keys are sorted"


def test_what_cannot_be_saved_is_told_and_leaves_no_file(run: RunningRun) -> None:
    with pytest.raises(NotKept, match="a lambda cannot be kept"):
        run.save([lambda: 0], "some")
    assert there(run) == set()


def test_what_is_temporary_is_gone_in_the_end(run: RunningRun) -> None:
    run.save(1, "kept")
    run.save(2, "passing", temp=True)
    with run.open("scratch.txt", "w", temp=True) as file:
        file.write("x")
    run.close()
    assert there(run) == {"kept"}


@pytest.mark.parametrize(
    ("register", "kept"),
    [
        (lambda run: None, {"a.png", "b.png", "c.txt"}),
        (lambda run: run.register_file("c.txt"), {"c.txt"}),
        (lambda run: run.register_files("*.png"), {"a.png", "b.png"}),
    ],
)
def test_all_files_are_kept_or_those_that_were_registered(run, register, kept) -> None:
    for name in ("a.png", "b.png", "c.txt"):
        Path(run.filename(name)).write_text(name)
    register(run)
    run.close()
    assert there(run) == kept


def test_what_is_not_there_cannot_be_registered(run: RunningRun) -> None:
    with pytest.raises(FileNotFoundError, match="the run has no file `a`"):
        run.register_file("a")


def test_names_lead_nowhere_else(run: RunningRun) -> None:
    for name in ("../a", "/a", "."):
        with pytest.raises(ValueError, match="is no file of the run"), run.open(name, "w"):
            pass


def test_any_code_can_ask_for_the_run_that_goes_on(run: RunningRun) -> None:
    with pytest.raises(RuntimeError, match="no run goes on here"):
        current()
    with Entered(run):
        assert current() is run
        assert (run.method, run.number) == ("train", 7)


def test_reading_what_is_not_there(run: RunningRun) -> None:
    assert run.load("none", default=3) == 3
    with pytest.raises(FileNotFoundError), run.open("none"):
        pass
