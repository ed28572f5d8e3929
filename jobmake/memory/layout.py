"""Where things are kept: the project's folder and its `.jobmake/`.

Knows names only. `.jobmake/` is the person's own (0700), ignored by git, and safe to
delete.
"""

from __future__ import annotations

import os

from jobmake.model.errors import StateError, state_error
from jobmake.model.names import FOLDER, JOBFILE
from jobmake.tools.atomic import remove_leftovers, write_whole
from jobmake.tools.value import Value

LOG = "log"  # in the folder of a run

__all__ = ["FOLDER", "LOG", "Layout", "make_own_folder", "refuse_other_folder"]


class Layout(Value):
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

    @property
    def graphs(self) -> str:
        """Where graphs are kept, for builds of an edit."""
        return self.own("graphs")

    @property
    def tables(self) -> str:
        """What the texts of this Jobfile, and of those that it includes, say."""
        return self._of_this_jobfile("tables")

    @property
    def services(self) -> str:
        """The folder in which those who keep services going say so."""
        return self.own("services")

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
        return f"{FOLDER}/runs/{run_id}/{LOG}"


def make_own_folder(layout: Layout) -> None:
    """Make `.jobmake/`. Raises StateError."""
    try:
        os.mkdir(layout.own(), 0o700)
    except FileExistsError:
        refuse_other_folder(layout)
    except OSError as error:
        raise state_error(error, "make") from None


def refuse_other_folder(layout: Layout) -> None:
    """Raise StateError if in the place of `.jobmake/` there is a link, or no folder."""
    folder = layout.own()
    if os.path.lexists(folder) and (os.path.islink(folder) or not os.path.isdir(folder)):
        raise StateError(f"`{FOLDER}` is not a folder", "remove it: jobmake keeps its state there")


def keep_git_away(layout: Layout) -> None:
    """Let git ignore all of `.jobmake/`. Raises StateError."""
    ignore = layout.own(".gitignore")
    if not os.path.lexists(ignore):
        try:
            write_whole(ignore, b"*\n", durable=False)
        except OSError as error:
            raise state_error(error, "make") from None


def remove_cut_off(layout: Layout, *, everywhere: bool = False) -> None:
    """Remove what one who held the project and was killed has left half-written in `.jobmake/`;
    ``everywhere``: also what is left for runs, and of a lockfile that could not be written there.
    Only the one who holds the project now may. Of a power cut nothing may tell."""
    remove_leftovers(layout.own())
    if everywhere:
        from jobmake.tools.folders import remove_tree

        remove_leftovers(layout.root, os.path.basename(layout.lockfile))
        remove_tree(layout.own("tmp"))
