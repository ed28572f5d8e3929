"""`type = "notebook"`: notebooks are run by nbclient and a kernel of IPython, both real. A kernel
takes a second or two to start, so that each test here looks at several things."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.support import fault
from tests.support import DEADLINE, marked_processes

if TYPE_CHECKING:
    from tests.support import Result, Space

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = """
[project]
plugins = ["notebook"]
[params]
alpha = 0.5
[target.report]
type = "notebook"
inputs = { table = "table.csv" }
outputs = { report = "build/report.ipynb", words = "build/words.txt" }
[target.report.with]
notebook = "report.ipynb"
[target.report.with.parameters]
alpha = "{params.alpha}"
table = "{inputs.table}"
words = "{outputs.words}"
odd = { when = 2026-11-21, none = [], infinite = inf, 'a"b' = true }
"""


def code(text: str, **more: Any) -> dict[str, Any]:
    """A cell of code, as it was saved after a run."""
    ran = {"outputs": [], "execution_count": 7}
    return {"cell_type": "code", "source": text, "metadata": {}, **ran, **more}


def notebook(space: Space, *cells: dict[str, Any], minor: int = 4) -> None:
    space.write(
        "report.ipynb",
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}),
    )


def cells(space: Space, name: str = "build/report.ipynb") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(space.read(name))["cells"]
    return found


def build(space: Space, *arguments: str, code: int = 0) -> Result:
    return space.build(*arguments, code=code, env={"MARK": "from outside"})


def test_a_notebook_runs_with_its_parameters(space: Space) -> None:
    space.write("table.csv", "a\nb\n")
    space.write("helper.py", "HELP = 'found beside'\n")
    space.jobfile(JOBFILE)
    notebook(
        space,
        {"cell_type": "markdown", "source": "# A report", "metadata": {}, "id": "one"},
        code("alpha, table, words = 1, '', ''", metadata={"tags": ["parameters"]}, id="two"),
        code("import os, sys, warnings, helper\nprint(table, os.environ['MARK'], helper.HELP)\n"
             "print('err', file=sys.stderr)\nprint(os.environ['JOBMAKE_TARGET'], odd)",
             id="three"),
        code("warnings.warn('odd')\nopen(words, 'w').write(open(table).read() * 2)\nalpha * 2",
             id="four"),
        minor=5,
    )  # fmt: skip

    build(space)

    ran = cells(space)
    assert [one["id"] for one in ran] == ["one", "two", "injected-parameters", "three", "four"]
    assert "".join(ran[2]["source"]) == (
        "# parameters of this run\nimport datetime\nalpha = 0.5\ntable = 'table.csv'\n"
        "words = 'build/words.txt'\nodd = {'when': datetime.date(2026, 11, 21), 'none': [], "
        "'infinite': float('inf'), 'a\"b': True}"
    )
    said = {one["name"]: "".join(one["text"]) for one in ran[3]["outputs"]}
    assert said["stdout"].splitlines()[0] == "table.csv from outside found beside"
    assert said["stdout"].splitlines()[1].startswith("report {'when': datetime.date(2026, 11, 21)")
    assert said["stderr"] == "err\n"
    assert ran[4]["outputs"][-1]["data"] == {"text/plain": ["1.0"]}
    assert ran[4]["metadata"] == {}
    assert space.read("build/words.txt") == "a\nb\n" * 2
    assert not space.exists("__pycache__")
    assert build(space).fresh == ["report"]

    before = space.tree()
    build(space, "-B")
    assert space.tree() == before  # no times, no ids of processes, nothing new
    space.replace("Jobfile.toml", 'notebook = "report.ipynb"', 'notebook = "report.ipynb"\n'
                  'cell_timeout = "1 min"')  # fmt: skip
    assert build(space).fresh == ["report"]
    space.replace("report.ipynb", "# A report", "# The report")
    assert build(space, "-n").out.startswith("would run report: source `report.ipynb` changed")


def test_a_cell_that_fails_is_told_by_its_number(space: Space) -> None:
    space.write("table.csv", "a\n")
    space.jobfile(JOBFILE)
    notebook(
        space,
        {"cell_type": "markdown", "source": "# A report", "metadata": {}},
        code("print('before')"),
        code("\n\nrate = 1\nraise ZeroDivisionError('no rate')\n"),
        code("print('never')"),
    )

    # a traceback is meant here
    process = space.start("build")
    err = process.communicate(timeout=DEADLINE)[1].decode()

    assert "error: target `report` failed: cell 3 failed: ZeroDivisionError: no rate\n" in err
    assert "\nhint: the cell begins with `rate = 1`\n" in err
    log = space.run("log", "report").out
    assert "----> 2 raise ZeroDivisionError('no rate')" in log
    assert "\x1b" not in log
    assert not space.exists("build/report.ipynb")
    [kept] = (line for line in log.splitlines() if line.startswith("the notebook as far as"))
    kept = kept.rpartition(" ")[2]
    assert kept == ".jobmake/runs/1/notebook.ipynb"
    assert [one.get("execution_count") for one in cells(space, kept)] == [1, None, 2, 3, None]
    assert "injected-parameters" in cells(space, kept)[0]["metadata"]["tags"]

    space.replace("Jobfile.toml", 'notebook = "report', 'allow_errors = true\nnotebook = "report')
    space.replace("report.ipynb", "print('never')", "open(words, 'w').close()")
    build(space)
    assert cells(space)[3]["outputs"][0]["ename"] == "ZeroDivisionError"


def test_a_kernel_ends_with_the_run(space: Space) -> None:
    """Also where it is stopped, or a cell takes too long."""
    gate = space.gate("cell")
    space.write("table.csv", "a\n")
    space.jobfile(JOBFILE)
    notebook(space, code(f"import subprocess\nsubprocess.run('{gate.command}', shell=True)"))
    mark = f"MARK={space.root}"

    process = space.start("build", env={"MARK": str(space.root)})
    gate.reached()
    assert any("ipykernel" in line for line in commands(mark))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
    assert marked_processes(mark) == []
    assert list(space.path(".jobmake").glob("tmp/*")) == []

    space.replace("Jobfile.toml", 'notebook = "report', 'cell_timeout = "1 s"\nnotebook = "report')
    result = build(space, code=1)
    assert fault(result) == "target `report` failed: cell 1 failed: it took longer than 1 s"


def commands(mark: str) -> list[str]:
    """The command lines of processes with a variable."""
    from pathlib import Path

    return [Path(f"/proc/{pid}/cmdline").read_text() for pid in marked_processes(mark)]


IS_LATE = """
def be_late(kernel):
    from threading import Event, current_thread, main_thread
    closing, loop, publish = Event(), kernel.iopub_thread.io_loop, kernel._publish_status
    add = loop.add_callback
    def added(*words):
        if current_thread() is main_thread():
            closing.set()
        add(*words)
    def published(status, channel, *words):
        if (status, channel) == ("idle", "control"):
            with open("late", "a") as file:
                print(closing.wait(0.5), file=file)
        publish(status, channel, *words)
    loop.add_callback, kernel._publish_status = added, published
be_late(get_ipython().kernel)
"""


def test_what_a_kernel_tells_last_is_told_before_its_sockets_are_closed(space: Space) -> None:
    """Else it now and then aborts, and what cells have written is not in the files."""
    notebook(space, code(IS_LATE))
    space.jobfile(JOBFILE.replace(', words = "build/words.txt"', ""))
    space.replace("Jobfile.toml", 'words = "{outputs.words}"\n', "")
    space.write("table.csv", "1\n")

    assert build(space).built == ["report"]

    assert set(space.read("late").split()) == {"False"}


def test_what_is_no_notebook_and_what_is_no_kernel(space: Space) -> None:
    space.write("table.csv", "a\n")
    space.jobfile(JOBFILE)
    space.write("report.ipynb", "print('a script')")
    assert fault(build(space, code=1)).startswith(
        "target `report` failed: `report.ipynb` is no Jupyter notebook: "
    )

    notebook(space, code("1"))
    space.replace("Jobfile.toml", 'notebook = "report', 'kernel = "cobol"\nnotebook = "report')
    result = build(space, code=1)
    assert fault(result) == "target `report` failed: there is no kernel `cobol`"

    space.replace("Jobfile.toml", "odd = ", "od-d = ")
    space.replace("Jobfile.toml", "build/words.txt", "build/words.ipynb")
    err = build(space, code=2).err
    assert "`with.parameters.od-d` is no name in Python" in err
    assert "`outputs.words` is a second notebook, and a run makes one" in err
