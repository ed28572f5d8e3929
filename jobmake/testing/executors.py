"""What holds for every executor.

    class TestPool(ExecutorContract):
        def make(self):
            return Pool()

Knows runs, and how they are waited for. Does not know any executor. A run is a real process,
and each test waits for events: the end of a run, or a line that it writes into a pipe.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobmake.model.contracts import Executor
from jobmake.model.run import Outcome, Work
from jobmake.testing.projects import LONGEST, Workspace, registry
from jobmake.tools.value import replace


class Runs:
    """An executor with a folder for its logs, and the runs that it was given."""

    def __init__(self, executor: Executor, folder: Path) -> None:
        self.executor, self.folder = executor, folder
        self._handles: dict[str, str] = {}  # by run
        self._ended: dict[str, Outcome] = {}

    def start(self, *texts: str, **more: Any) -> str:
        """Start a run of shell commands; return its id."""
        run_id = str(len(self._handles) + 1)
        env = {"PATH": os.environ["PATH"], "JOBMAKE_RUN_ID": run_id, **more.pop("env", {})}
        steps = tuple(("/bin/sh", "-c", text) for text in texts)
        work = Work(run_id, steps, str(self.folder), env, str(self.log(run_id)))
        self._handles[run_id] = self.executor.submit(replace(work, **more))
        return run_id

    def wait(self, run_id: str) -> Outcome:
        """Return how a run ended, as soon as it has."""
        deadline = time.monotonic() + LONGEST
        while run_id not in self._ended:
            ready = self.executor.filenos()
            assert ready, "a run goes on, and there is no descriptor to wait for its end"
            left = max(0.0, deadline - time.monotonic())
            assert select.select(ready, [], [], left)[0], f"run {run_id} does not end"
            for outcome in self.executor.poll():
                assert outcome.run_id in self._handles, "an outcome of no run"
                assert outcome.run_id not in self._ended, "one run, two outcomes"
                self._ended[outcome.run_id] = outcome
        return self._ended[run_id]

    def run(self, *texts: str, **more: Any) -> Outcome:
        """Return how a run of shell commands ended."""
        return self.wait(self.start(*texts, **more))

    def signal(self, run_id: str, signum: int) -> None:
        """Send a signal to a run."""
        self.executor.cancel(self._handles[run_id], signum)

    def log(self, run_id: str = "1") -> Path:
        """Return where the output of a run goes."""
        return self.folder / "logs" / run_id / "log"


class Pipe:
    """A named pipe: processes write lines into it, and hold it open as long as they live."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._end = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def line(self) -> str:
        """Return the next line that somebody writes."""
        found = b""
        while not found.endswith(b"\n"):
            self._wait("nobody wrote")
            letter = os.read(self._end, 1)
            assert letter, "who was to write has ended"
            found += letter
        return found.decode().strip()

    def is_left(self) -> None:
        """Wait until nobody holds it open any more."""
        while self._wait("somebody goes on") and os.read(self._end, 1000):
            pass

    def _wait(self, trouble: str) -> bool:
        assert select.select([self._end], [], [], LONGEST)[0], trouble
        return True

    def close(self) -> None:
        """Let go of it."""
        os.close(self._end)


class ExecutorContract:
    """The tests; who inherits says how an executor is made."""

    def make(self) -> Executor:
        """Return a new executor."""
        raise NotImplementedError("`make` returns the executor")

    @pytest.fixture
    def runs(self, tmp_path: Path) -> Iterator[Runs]:
        """The executor, and what it runs."""
        executor = self.make()
        yield Runs(executor, tmp_path)
        executor.close()

    @pytest.fixture
    def pipe(self, tmp_path: Path) -> Iterator[Pipe]:
        """A pipe for the runs."""
        pipe = Pipe(tmp_path / "pipe")
        yield pipe
        pipe.close()

    # -- how runs end -------------------------------------------------------------------

    def test_a_run_that_ends_well(self, runs: Runs) -> None:
        outcome = runs.run("exit 0")
        assert outcome.ok
        assert (outcome.step, outcome.exit_code, outcome.signal, outcome.error) == (
            0,
            0,
            None,
            None,
        )
        assert outcome.leftovers == ()
        assert outcome.wall >= 0

    @pytest.mark.parametrize("code", [1, 200])
    def test_an_exit_code_is_told(self, runs: Runs, code: int) -> None:
        outcome = runs.run(f"exit {code}")
        assert (outcome.exit_code, outcome.signal, outcome.ok) == (code, None, False)

    def test_exit_codes_that_mean_success_are_those_of_the_run(self, runs: Runs) -> None:
        assert runs.run("exit 3", ok_codes=(0, 3)).ok

    def test_the_signal_that_ended_a_run_is_told(self, runs: Runs) -> None:
        outcome = runs.run("kill -KILL $$")
        assert (outcome.exit_code, outcome.signal, outcome.ok) == (None, signal.SIGKILL, False)

    def test_commands_run_in_turn_and_the_first_that_fails_is_the_last(self, runs: Runs) -> None:
        outcome = runs.run("echo one", "echo two; exit 4", "echo three")
        assert (outcome.step, outcome.exit_code) == (1, 4)
        assert runs.log().read_text() == "one\ntwo\n"

    def test_a_command_that_there_is_not_is_an_error_of_the_run(self, runs: Runs) -> None:
        outcome = runs.run("", steps=(("/no/such/program",),))
        assert outcome.exit_code is None
        assert outcome.error is not None
        assert "/no/such/program" in outcome.error
        assert not outcome.ok

    # -- what a run gets ----------------------------------------------------------------

    def test_it_has_its_folder_and_its_variables(self, runs: Runs, tmp_path: Path) -> None:
        (tmp_path / "else where").mkdir()
        text = 'it\'s "so"\n$HOME'
        runs.run('pwd; printf "%s" "$TEXT"', env={"TEXT": text}, cwd=str(tmp_path / "else where"))
        assert runs.log().read_text() == f"{tmp_path}/else where\n{text}"

    def test_words_arrive_as_they_are(self, runs: Runs) -> None:
        words = ("a b", "", "'", '"', "\\n", "*", "ü", "-", "$x")
        runs.run("", steps=(("/usr/bin/env", "printf", "%s|", *words),))
        assert runs.log().read_text() == "".join(f"{word}|" for word in words)

    def test_all_that_it_writes_is_in_its_log(self, runs: Runs) -> None:
        runs.run(r"printf '\000\377out'; printf err >&2; head -c 300000 /dev/zero")
        assert runs.log().read_bytes() == b"\0\xffouterr" + bytes(300_000)

    def test_what_it_writes_is_its_value_where_that_is_asked_for(
        self, runs: Runs, tmp_path: Path
    ) -> None:
        runs.run("echo value; echo word >&2", value=str(tmp_path / "value"))
        assert (tmp_path / "value").read_text() == "value\n"
        assert runs.log().read_text() == "word\n"

    def test_scripts_are_there_before_it_begins(self, runs: Runs, tmp_path: Path) -> None:
        script = str(tmp_path / "script")
        assert runs.run(f"grep hello {script}", scripts=((script, "hello\n"),)).ok

    def test_it_has_a_folder_of_its_own_that_goes_with_it(self, runs: Runs, tmp_path: Path) -> None:
        (tmp_path / "tmp").mkdir()
        text = 'cd "$JOBMAKE_TMP" && touch file && pwd'
        assert runs.run(text, tmp=str(tmp_path / "tmp")).ok
        assert not os.path.exists(runs.log().read_text().strip())

    def test_its_input_is_at_its_end(self, runs: Runs) -> None:
        assert runs.run("read line; test $? = 1").ok

    # -- several, and the end -----------------------------------------------------------

    def test_many_go_on_at_once_and_each_has_its_outcome(self, runs: Runs) -> None:
        started = [runs.start(f"echo {number}; exit {number % 3}") for number in range(60)]
        for number, run_id in enumerate(started):
            assert runs.wait(run_id).exit_code == number % 3
            assert runs.log(run_id).read_text() == f"{number}\n"

    def test_polling_never_waits(self, runs: Runs, pipe: Pipe) -> None:
        assert list(runs.executor.poll()) == []
        run_id = runs.start(f"exec 5> {pipe.path}; echo here >&5; exec sleep 1000")
        assert pipe.line() == "here"
        assert list(runs.executor.poll()) == []
        runs.signal(run_id, signal.SIGKILL)
        runs.wait(run_id)
        assert list(runs.executor.poll()) == [], "an outcome is given once"

    def test_a_signal_reaches_all_that_a_run_started(self, runs: Runs, pipe: Pipe) -> None:
        run_id = runs.start(f"exec 5> {pipe.path}; sleep 1000 & echo here >&5; wait")
        assert pipe.line() == "here"
        runs.signal(run_id, signal.SIGTERM)
        assert runs.wait(run_id).signal == signal.SIGTERM
        pipe.is_left()

    def test_a_run_that_is_over_takes_no_signal(self, runs: Runs) -> None:
        run_id = runs.start("exit 0")
        assert runs.wait(run_id).ok
        runs.signal(run_id, signal.SIGKILL)
        assert runs.run("exit 0").ok

    def test_what_a_run_leaves_behind_is_ended_and_told(self, runs: Runs, pipe: Pipe) -> None:
        outcome = runs.run(f"exec 5> {pipe.path}; sleep 1000 & exit 0")
        assert outcome.ok
        assert outcome.leftovers, "it left a process"
        pipe.is_left()

    def test_closing_ends_all_and_may_be_done_twice(self, runs: Runs, pipe: Pipe) -> None:
        runs.start(f"exec 5> {pipe.path}; sleep 1000 & echo here >&5; wait")
        assert pipe.line() == "here"
        runs.executor.close()
        pipe.is_left()
        runs.executor.close()

    def test_one_that_ran_nothing_has_nothing_to_wait_for(self, runs: Runs) -> None:
        assert list(runs.executor.filenos()) == []
        runs.executor.cancel("1", signal.SIGTERM)

    def test_a_project_is_built_by_it(self, tmp_path: Path) -> None:
        space = Workspace(tmp_path, registry=registry(executors={"tried": self.make}))
        space.jobfile(
            """
            [project]
            executor = "tried"
            [target.one]
            run = "echo {target} > {outputs}"
            outputs = ["{matrix.n}.txt"]
            matrix = { n = [1, 2, 3] }
            [target.all]
            run = "cat {inputs} > {outputs}"
            inputs = ["@one"]
            outputs = ["all.txt"]
            [target.wrong]
            run = "exit 3"
            """
        )
        result = space.build()
        assert result.built[-1:] == ("all",)
        assert space.read("all.txt") == "one[n=1]\none[n=2]\none[n=3]\n"
        assert result.failed["wrong"].exit_code == 3
        assert space.status() == {**dict.fromkeys(result.built, "up to date"), "wrong": "stale"}
