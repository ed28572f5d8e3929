"""Where things are kept: the project's folder and its `.jobmake/`.

Knows names only. `.jobmake/` is the person's own (0700), ignored by git, and safe to
delete.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from jobmake.jobfile.load import JOBFILE
from jobmake.model.errors import StateError, state_error
from jobmake.tools.atomic import write_whole

FOLDER = ".jobmake"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one project; ``jobfile`` is absolute."""

    jobfile: str

    @property
    def root(self) -> str:
        """The folder of the Jobfile."""
        return os.path.dirname(self.jobfile)

    @property
    def lockfile(self) -> str:
        """The committed lockfile, beside the Jobfile and of its name."""
        return os.path.splitext(self.jobfile)[0] + ".lock"

    @property
    def journal(self) -> str:
        """The journal of this Jobfile: another one in the same folder has another."""
        return self._of_this_jobfile("journal")

    @property
    def left(self) -> str:
        """What targets made that left this Jobfile."""
        return self._of_this_jobfile("left")

    @property
    def declarations(self) -> str:
        """What the Python jobs of this Jobfile declared last."""
        return self._of_this_jobfile("declarations")

    def _of_this_jobfile(self, what: str) -> str:
        name = os.path.basename(self.jobfile)
        return self.own(what if name == JOBFILE else f"{what}.{name}")

    def own(self, *names: str) -> str:
        """Return a path in `.jobmake/`."""
        return os.path.join(self.root, FOLDER, *names)

    def run_folder(self, run_id: str) -> str:
        """Return the folder of one run, relative to the root."""
        return f"{FOLDER}/runs/{run_id}"

    def log(self, run_id: str) -> str:
        """Return the path of a run's log, relative to the root."""
        return f"{FOLDER}/runs/{run_id}/log"


def make_own_folder(layout: Layout) -> None:
    """Make `.jobmake/` with what keeps git away from it. Raises StateError."""
    folder = layout.own()
    try:
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            if os.path.islink(folder) or not os.path.isdir(folder):
                raise StateError(
                    f"`{FOLDER}` is not a folder", "remove it: jobmake keeps its state there"
                ) from None
        ignore = layout.own(".gitignore")
        if not os.path.lexists(ignore):
            write_whole(ignore, b"*\n", durable=False)
    except OSError as error:
        raise state_error(error, "make") from None
