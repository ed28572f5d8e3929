"""Job types that run commands: their authors say which, as lists of words.

Knows what is started. Does not know a shell: no word is read by one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jobmake.jobs.returned import commands
from jobmake.jobs.starting import program, refuse_too_long
from jobmake.jobs.thisrun import ThisRun, run_data, this_run
from jobmake.jobs.typedjob import TypedJob
from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.tools.shellwords import BARE, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.model.bindings import Bindings

Word = str | os.PathLike[str] | int | float


class CommandType(TypedJob):
    """A job type that is a command, or several that run in turn."""

    def argv(self, given: Any, run: ThisRun) -> Sequence[Word]:
        """Return the command: a program and its arguments. No shell reads them."""
        raise TargetError(f"the job type `{self.name}` has neither `argv` nor `steps`")

    def steps(self, given: Any, run: ThisRun) -> Sequence[Sequence[Word]]:
        """Return the commands that run in turn; the first that fails ends the run."""
        return [self.argv(given, run)]

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the commands of one run. Raises TargetError."""
        manner = bindings.target.manner
        found = self._jobmake_checked(self._jobmake_filled(bindings), bindings)
        variables = self._jobmake_variables(bindings, found)
        data = run_data(bindings)
        search = variables.get("PATH", os.defpath)
        words = self._jobmake_words(found, this_run(data, variables), bindings.project)
        steps = tuple((program(first, search), *rest) for first, *rest in words)
        refuse_too_long(steps, variables)
        return Work(
            run_id=variables["JOBMAKE_RUN_ID"],
            steps=steps,
            cwd=data["cwd"],
            env=variables,
            log=log,
            value=os.path.join(bindings.run_dir, "value") if manner.capture else "",
            tmp=bindings.tmp,
            ok_codes=manner.ok_codes,
            interactive=manner.interactive,
        )

    def shown(self, bindings: Bindings) -> str:
        """Return the commands as a person reads them, secrets masked; the settings, where the
        author cannot tell the commands of those."""
        try:
            found = self._jobmake_given(self._jobmake_filled(bindings, masked=True))
            run = this_run(run_data(bindings), {})
            lines = self._jobmake_words(found, run, bindings.project)
        except Exception:  # what is wrong is told by `prepare`
            return self._jobmake_in_short(bindings)
        return "\n".join(" ".join(quoted(word, BARE) for word in words) for words in lines)

    def _jobmake_words(self, given: Any, run: ThisRun, root: str) -> list[list[str]]:
        """Return the words of all commands. Raises TargetError."""
        method = "argv" if type(self).steps is CommandType.steps else "steps"
        return commands(self, method, self.steps(given, run), root)
