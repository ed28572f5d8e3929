"""One run as values: what is to be started, and how it ended.

Knows neither targets nor processes. Durations are seconds, sizes bytes.
"""

from __future__ import annotations

from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

OK_CODES = (0,)
PROBLEM = "problem"  # in the folder of a run, the note of a worker on why it failed
# its mark there of a job that returned, which a process that ends before does not leave; it
# holds the file of the value
RETURNED = "returned"


class Work(Value):
    """What a job type prepared: the commands of one run, ready to start.

    ``steps`` holds the argv of each command; they run in turn, the first that fails ends
    the run. ``cwd`` is absolute. ``env`` is the whole environment. ``log`` is the absolute
    path of the file to which stdout and stderr are appended, byte for byte. With ``value``,
    a path too, stdout goes there instead; one that ``leaves_value`` may write `value` into
    the run's folder itself. ``scripts`` are (path, text) to be written before. ``tmp`` is
    where the executor makes a folder for temporary files, of which it tells the run in
    JOBMAKE_TMP. An ``interactive`` run has the terminal of jobmake for itself. ``warm``, if
    any, is a program that can do what ``steps`` would start, and quicker: the argv of a warm
    reaper, to which the number of its descriptor is added. It may be handed the text of the one
    script that there is, in place of the file. ``direct`` holds for some steps, by
    their index, another way to the same: a file below ``cwd`` that takes stdout, and the program
    with its argv behind it.
    """

    run_id: str
    steps: tuple[tuple[str, ...], ...]
    cwd: str
    env: Mapping[str, str]
    log: str
    value: str = ""
    scripts: tuple[tuple[str, str], ...] = ()
    tmp: str = ""
    ok_codes: tuple[int, ...] = OK_CODES
    interactive: bool = False
    warm: tuple[str, ...] = ()
    leaves_value: bool = False
    direct: Mapping[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


class Outcome(Value):
    """How a run ended.

    ``step`` is the index of the command that ended it. ``exit_code`` is None if a signal
    ended it or it never started; ``error`` says why it could not be started. ``wall``,
    ``user`` and ``system`` are seconds, of all steps together; ``peak_memory`` is bytes.
    ``leftovers`` names the processes that it left behind and that were ended; ``ok_codes``
    are the exit codes that mean success.
    """

    run_id: str
    step: int
    exit_code: int | None
    signal: int | None
    error: str | None
    wall: float
    user: float
    system: float
    peak_memory: int
    leftovers: tuple[str, ...] = ()
    ok_codes: tuple[int, ...] = OK_CODES

    @property
    def cpu(self) -> float:
        """Seconds of processors that it took."""
        return self.user + self.system

    @property
    def ok(self) -> bool:
        """Whether every command ran and ended with an exit code that means success."""
        return self.error is None and self.signal is None and self.exit_code in self.ok_codes
