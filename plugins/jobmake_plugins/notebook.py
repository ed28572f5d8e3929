"""`type = "notebook"`: a Jupyter notebook, run from top to bottom with parameters.

    report.ipynb ──▶ parameters put in ──▶ nbclient, a kernel ──▶ build/report.ipynb

Knows notebooks and their kernels. Does not know what their cells make besides.

Invariant: what is written depends on the notebook, its parameters and what its cells say, on no
time, process or folder of the run; and the kernel ends with the run.
"""

from __future__ import annotations

import datetime
import keyword
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmake import Fault, PythonType, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobmake import ThisRun

INSTALL = '`pip install "jobmake[notebook]"` brings it'
_INJECTED = "injected-parameters"  # the tag by which papermill knows such a cell, too
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CELL_FILE = re.compile(r"[^\s'\"<>]*/ipykernel_\d+/(?=\d+\.py)")  # it holds a process id
_LONGEST_SOCKET = 80  # the system takes 107 letters, and some are added

# ipykernel closes at its end what its thread for control still says `idle` by: the process may
# abort then, with what cells have written and not flushed. So the thread is to end before
_ORDERLY_END = """\
import atexit

@atexit.register
def _end_control():
    import sys
    kernel = sys.modules.get("ipykernel.kernelapp")  # else it is another kind of kernel
    thread = kernel and getattr(kernel.IPKernelApp._instance, "control_thread", None)
    if thread is not None and thread.is_alive():
        thread.stop()
        thread.join()

del atexit, _end_control
"""


class Notebook(PythonType):
    """A notebook that is run."""

    name = "notebook"
    reads = ("notebook",)
    uncounted = ("cell_timeout",)

    @dataclass(frozen=True)
    class With:
        notebook: Path
        parameters: dict[str, Any] = field(default_factory=dict)
        kernel: str = ""
        cell_timeout: datetime.timedelta | None = None
        allow_errors: bool = False

    def check(self, given: With, keys: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield parameters that are no names, and outputs of which several are notebooks."""
        for name in given.parameters:
            if not name.isidentifier() or keyword.iskeyword(name):
                hint = "a parameter is a variable of the notebook"
                yield Fault(("with", "parameters", name), "is no name in Python", hint, True)
        executed = [steps for steps, path in _declared(keys) if path.endswith(".ipynb")]
        for steps in executed[1:]:
            yield Fault(steps, "is a second notebook, and a run makes one")

    def run(self, given: With, run: ThisRun) -> None:
        """Run the notebook, and write it where an output ends in `.ipynb`."""
        notebook = _read(given.notebook)
        _put_in(notebook, given.parameters, given.kernel)
        output = next((path for path in run.outputs if path.suffix == ".ipynb"), None)
        kept = os.path.join(run.folder, "notebook.ipynb")
        try:
            _execute(notebook, given, run)
        except BaseException:
            _write(notebook, kept)
            where = os.path.relpath(kept, run.root)
            print(f"the notebook as far as it ran: {where}", file=sys.stderr)
            raise
        if output is not None:
            _write(notebook, output)


def jobmake_job_types() -> list[Notebook]:
    """Give the job type."""
    return [Notebook()]


def _declared(keys: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the outputs that a target declares, with their places."""
    outputs = keys.get("outputs", [])
    entries: Iterable[tuple[str | int, Any]] = (
        outputs.items() if isinstance(outputs, dict) else enumerate(outputs)
    )
    for step, one in entries:
        path = one.get("path") if isinstance(one, Mapping) else one
        if isinstance(path, str):
            yield ("outputs", step), path


# -- the notebook ---------------------------------------------------------------------------


def _read(path: Path) -> Any:
    """Return a notebook without what its runs of the past have left. Raises TargetError."""
    try:
        nbformat: Any = import_module("nbformat")  # it has no types
    except ImportError:
        raise TargetError("the package `nbformat` is not installed", INSTALL) from None
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        fact = str(error).partition("\n")[0]
        raise TargetError(f"`{path}` is no Jupyter notebook: {fact}") from None
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _put_in(notebook: Any, parameters: Mapping[str, Any], kernel: str) -> None:
    """Put a cell with parameters behind the one that is tagged so; else at the top."""
    cells = [one for one in notebook.cells if _INJECTED not in _tags(one)]
    notebook.cells = cells
    if not parameters:
        return
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if not kernel and language.lower() != "python":
        raise TargetError(
            f"the notebook is in `{language}`, and parameters are written as Python",
            "leave `with.parameters` out, and let its cells read variables of the environment",
        )
    tagged = [at for at, cell in enumerate(cells) if "parameters" in _tags(cell)]
    cells.insert(tagged[0] + 1 if tagged else 0, _cell(notebook, parameters))


def _cell(notebook: Any, parameters: Mapping[str, Any]) -> Any:
    v4: Any = import_module("nbformat.v4")  # it has no types
    lines = ["# parameters of this run"]
    if "datetime." in (texts := "\n".join(f"{k} = {_python(v)}" for k, v in parameters.items())):
        lines.append("import datetime")
    cell = v4.new_code_cell("\n".join([*lines, texts]), metadata={"tags": [_INJECTED]})
    del cell["id"]  # a random one
    if (notebook.nbformat, notebook.nbformat_minor) >= (4, 5):
        taken = {one.get("id") for one in notebook.cells}
        cell["id"] = next(one for one in _ids() if one not in taken)
    return cell


def _ids() -> Iterator[str]:
    yield _INJECTED
    number = 1
    while True:
        number += 1
        yield f"{_INJECTED}-{number}"


def _tags(cell: Any) -> Sequence[str]:
    tags: Sequence[str] = cell.metadata.get("tags", ())
    return tags


def _python(value: Any) -> str:
    """Return a value as Python has it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_python(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_python, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    if isinstance(value, (bool, int, float, str, datetime.date, datetime.time)):
        return repr(value)
    return repr(str(value))


# -- the run --------------------------------------------------------------------------------


def _execute(notebook: Any, given: Notebook.With, run: ThisRun) -> None:
    """Run all cells. Raises TargetError."""
    try:
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    except ImportError:
        raise TargetError("the package `nbclient` is not installed", INSTALL) from None
    from jupyter_client.kernelspec import NoSuchKernel

    folder = tempfile.mkdtemp(prefix="nb-")
    if len(_sockets(folder)) > _LONGEST_SOCKET:
        os.rmdir(folder)
        folder = tempfile.mkdtemp(prefix="jobmake-nb-", dir="/tmp")
    startup = os.path.join(_own_ipython(folder), "profile_default", "startup")
    os.makedirs(startup)
    with open(os.path.join(startup, "end.py"), "w", encoding="utf-8") as file:
        file.write(_ORDERLY_END)
    where = _Place(run, notebook)
    try:
        _client(notebook, given, folder, where).execute(cwd=run.cwd, env=_variables(run, folder))
    except CellExecutionError as error:
        print(_ANSI.sub("", error.traceback).strip(), file=sys.stderr)
        fact = f"{error.ename}: {_ANSI.sub('', error.evalue).strip()}".rstrip(": ")
        raise where.failed(fact.splitlines()[0]) from None
    except CellTimeoutError:
        raise where.failed(f"it took longer than {_seconds(given)} s") from None
    except DeadKernelError:
        raise where.failed("its kernel died") from None
    except NoSuchKernel as error:
        raise TargetError(
            f"there is no kernel `{error.name}`", "`jupyter kernelspec list` lists those there are"
        ) from None
    finally:
        _tidy(notebook)
        shutil.rmtree(folder, ignore_errors=True)


def _client(notebook: Any, given: Notebook.With, folder: str, where: _Place) -> Any:
    """Return what runs a notebook; its kernel is reached by sockets in a folder, by no port."""
    from nbclient import NotebookClient
    from traitlets.config import Config

    os.environ["JUPYTER_RUNTIME_DIR"] = folder
    config = Config()
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = _sockets(folder)
    name = given.kernel or notebook.metadata.get("kernelspec", {}).get("name") or "python3"
    return NotebookClient(
        notebook,
        config=config,
        kernel_name=name,
        timeout=_seconds(given),
        allow_errors=given.allow_errors,
        record_timing=False,
        store_widget_state=False,
        on_cell_start=where.begins,
    )


def _seconds(given: Notebook.With) -> int | None:
    return math.ceil(given.cell_timeout.total_seconds()) if given.cell_timeout else None


def _sockets(folder: str) -> str:
    """Return where the names of sockets begin: seen from here if that is shorter, as the kernel
    is started here, too."""
    return min((os.path.join(one, "k") for one in (folder, os.path.relpath(folder))), key=len)


def _own_ipython(folder: str) -> str:
    return os.path.join(folder, "ipython")


def _variables(run: ThisRun, folder: str) -> dict[str, str]:
    """Return the environment of the kernel: that of the run, and nothing of the person's own."""
    own = {
        "IPYTHONDIR": _own_ipython(folder),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # beside modules of the project
    }
    return {**own, **run.env}


class _Place:
    """Knows which cell runs, by its number among those that a person has written."""

    def __init__(self, run: ThisRun, notebook: Any) -> None:
        self._run, self._cells = run, notebook.cells
        self._at: int | None = None

    def begins(self, cell: Any, cell_index: int) -> None:
        """Take note of a cell."""
        self._at = cell_index
        self._run.progress(
            f"cell {self._number(cell_index + 1)} of {self._number(len(self._cells))}"
        )

    def failed(self, fact: str) -> TargetError:
        """Return the error of the cell that began last."""
        if self._at is None:
            return TargetError(f"the notebook did not begin: {fact}")
        cell = self._cells[self._at]
        if _INJECTED in _tags(cell):
            return TargetError(f"the cell of the parameters failed: {fact}")
        first = next(iter(cell.source.strip().splitlines()), "")
        number = self._number(self._at + 1)
        return TargetError(f"cell {number} failed: {fact}", f"the cell begins with `{first}`")

    def _number(self, at: int) -> int:
        return sum(_INJECTED not in _tags(one) for one in self._cells[:at])


# -- what comes out -------------------------------------------------------------------------


def _write(notebook: Any, path: str | os.PathLike[str]) -> None:
    nbformat: Any = import_module("nbformat")
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")


def _tidy(notebook: Any) -> None:
    """Take out what differs from run to run though nothing else does."""
    without_id = notebook.nbformat_minor < 5
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if without_id:
            cell.pop("id", None)
        if cell.cell_type == "code":
            cell.outputs = list(_outputs(cell.outputs))


def _outputs(outputs: Iterable[Any]) -> Iterator[Any]:
    """Yield outputs, with one text of each stream in place of those in a row: how they are cut,
    and how two of them mix, is chance."""
    streams: dict[str, Any] = {}
    for one in outputs:
        if one.output_type == "stream":
            if one.name in streams:
                streams[one.name].text += one.text
            else:
                streams[one.name] = one
            continue
        yield from _in_order(streams)
        streams = {}
        if one.output_type == "error":
            one.traceback = [_CELL_FILE.sub("", line) for line in one.traceback]
        yield one
    yield from _in_order(streams)


def _in_order(streams: Mapping[str, Any]) -> Iterator[Any]:
    for name in sorted(streams, reverse=True):  # stdout before stderr
        streams[name].text = _CELL_FILE.sub("", streams[name].text)
        yield streams[name]
