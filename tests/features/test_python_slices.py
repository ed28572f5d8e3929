"""Jobs in slices: `prepare`, `analysis` in processes of their own, `synthesis`."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

ALL = '[project]\njobs = ["jobs/*.py"]\n'
HEAD = """
import os, signal, subprocess, sys
from collections import Counter
from jobmake import Job

class Sums(Job):
    name = "sums"
    slices = 4
"""


def job(space, body: str, head: str = HEAD) -> None:
    space.write("jobs/sums.py", head + body)
    space.jobfile(ALL)


def value(space, target: str = "sums") -> str:
    return space.run("show", target, "--value").out.strip()


def failure(space) -> str:
    """Build, and return what is said; a traceback of the job's is part of that."""
    process = space.start("build")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    return err.decode()


def test_the_phases_run_one_after_the_other_and_hand_on_what_they_return(space):
    job(
        space,
        """
    def prepare(self):
        print("prepare")
        return 10
    def analysis(self, sliceno, slices, prepare_res):
        print("analysis")
        return sum(range(sliceno, 100, slices)) + prepare_res
    def synthesis(self, prepare_res, analysis_res):
        print("synthesis")
        return sum(analysis_res) - 4 * prepare_res, len(analysis_res)
""",
    )
    space.run("build")
    assert value(space) == str((sum(range(100)), 4))
    said = space.run("log", "sums").out
    assert said.startswith("prepare\n")
    assert said.count("analysis") == 4
    assert said.endswith("synthesis\n")


def test_each_slice_has_a_process_of_its_own(space):
    job(
        space,
        """
    def analysis(self, sliceno):
        return os.getpid()
    def synthesis(self, analysis_res):
        return len({os.getpid(), *analysis_res})
""",
    )
    space.run("build")
    assert value(space) == "5"


def test_there_are_never_more_slices_at_once_than_processors_granted(space):
    """Each leaves its mark while it goes on, and counts the marks of all."""
    job(
        space,
        """
    slices = 6
    target = {"resources": {"cpu": 2}}
    def prepare(self):
        os.makedirs("marks")
    def analysis(self, sliceno):
        mark = f"marks/{sliceno}"
        open(mark, "w").close()
        most = max(len(os.listdir("marks")) for _ in range(200))
        os.unlink(mark)
        return most
    def synthesis(self, analysis_res, job):
        return max(analysis_res) <= 2, job.cpus
""",
    )
    space.run("build", "-j8")
    assert value(space) == "(True, 2)"


def test_without_synthesis_there_is_no_value(space):
    job(space, "    def analysis(self, sliceno):\n        return sliceno\n")
    assert space.run("build").built == ["sums"]
    assert "`sums` has no value" in space.run("show", "sums", "--value", code=2).err
    assert space.run("build").built == []


def test_results_of_parents_reach_every_phase_by_name(space):
    job(
        space,
        """
    def prepare(self, *outputs):
        return outputs
    def analysis(self, sliceno, numbers):
        return numbers[sliceno]
    def synthesis(self, analysis_res, prepare_res, **rest):
        return list(analysis_res), prepare_res, rest
""",
        head="""
from jobmake import Job

class Numbers(Job):
    name = "numbers"
    def run(self):
        return [1, 2]

class Sums(Job):
    name = "sums"
    slices = 2
    parents = [Numbers]
""",
    )
    space.run("build")
    assert value(space) == "([1, 2], ([1, 2],), {})"


def test_all_results_can_be_the_value(space):
    job(
        space,
        """
    def analysis(self, sliceno):
        return sliceno
    def synthesis(self, analysis_res):
        return analysis_res
""",
    )
    space.run("build")
    assert value(space) == "[0, 1, 2, 3]"


def test_results_are_merged(space):
    job(
        space,
        """
    def analysis(self, sliceno):
        return Counter(a=sliceno), {sliceno: 1}, [sliceno], {sliceno % 2}
    def synthesis(self, analysis_res):
        return analysis_res.merge_auto()
""",
    )
    space.run("build")
    assert value(space) == str(
        ("Counter({'a': 6})", {0: 1, 1: 1, 2: 1, 3: 1}, [0, 1, 2, 3], {0, 1})
    ).replace("\"Counter({'a': 6})\"", "Counter({'a': 6})")


def test_two_slices_that_say_different_things_of_a_key_are_an_error(space):
    job(
        space,
        """
    def analysis(self, sliceno):
        return {"a": {sliceno % 3: 1}}
    def synthesis(self, analysis_res):
        return analysis_res.merge()
""",
    )
    assert (
        "raised `jobmake.python.merging.MergeConflict: slice 3 has the key ['a'][0], as one"
        " before it`" in failure(space)
    )


BADLY = [
    ("os.kill(os.getpid(), signal.SIGKILL)", "slice 2 was killed by SIGKILL"),
    ("os.kill(os.getpid(), signal.SIGRTMIN + 1)", "slice 2 was killed by signal 35"),
    ("os._exit(7)", "slice 2 ended with exit code 7"),
    ("sys.exit(7)", "slice 2 ended with exit code 7"),
    ("os._exit(0)", "the process of slice 2 ended before `analysis` returned"),
    ("sys.exit(0)", "slice 2 raised `SystemExit` at jobs/sums.py:12"),
    ("sys.exit('no data')", "slice 2 raised `SystemExit: no data` at jobs/sums.py:12"),
    ("raise ValueError('bad')", "slice 2 raised `ValueError: bad` at jobs/sums.py:12"),
    ("raise KeyboardInterrupt", "slice 2 raised `KeyboardInterrupt` at jobs/sums.py:12"),
    ("return [object()]", "slice 2: value[0]: a bare `object()` cannot be kept"),
]


@pytest.mark.parametrize(("line", "message"), BADLY)
def test_a_slice_that_ends_badly_fails_the_job_and_is_named(space, line, message):
    job(
        space,
        f"""
    def analysis(self, sliceno):
        if sliceno == 2:
            {line}
    def synthesis(self, analysis_res):
        return "never"
""",
    )
    assert f"error: target `sums` failed: {message}\n" in failure(space)
    assert f"failed: {message}\n" in failure(space), "it is not up to date now"


def test_the_others_end_with_a_slice_that_was_killed(space):
    """They would never end by themselves."""
    job(
        space,
        """
    slices = 2
    target = {"resources": {"cpu": 2}}
    def analysis(self, sliceno):
        if sliceno == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
""",
    )
    result = space.run("build", "-j2", code=1)
    assert "slice 0 was killed by SIGKILL" in result.err
    assert "left" not in result.err


def test_an_argument_that_nobody_gives_is_named(space):
    job(space, "    def analysis(self, sliceno, prepared):\n        return 1\n")
    assert (
        "slice 0: `analysis` takes `prepared`, which nobody gives"
        in space.run("build", "-j1", code=1).err
    )


def test_a_process_that_prepare_started_keeps_its_own_end(space):
    """The end of a slice is awaited, and no other process's."""
    job(
        space,
        """
    def prepare(self):
        self.other = subprocess.Popen(["sh", "-c", "exit 3"])
        os.waitid(os.P_PID, self.other.pid, os.WEXITED | os.WNOWAIT)
    def analysis(self, sliceno):
        return sliceno
    def synthesis(self):
        return self.other.wait()
""",
    )
    space.run("build")
    assert value(space) == "3"


def test_a_fork_that_comes_back_is_not_the_slice(space):
    job(
        space,
        """
    def analysis(self, sliceno):
        return 1000 if os.fork() == 0 else sliceno
    def synthesis(self, analysis_res):
        return 1000 if os.fork() == 0 else sum(analysis_res)
""",
    )
    space.run("build")
    assert value(space) == "6"
