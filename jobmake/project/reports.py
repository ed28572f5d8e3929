"""The reporters of a build: those asked for, those of the Jobfile, and what is seen of it.

Knows how a report is asked for: `NAME` or `NAME=PATH`. Does not know any reporter.
Invariant: one reporter has the screen; no report is written over what the project is made of,
nor to where another one goes.
"""

from __future__ import annotations

import os

from jobmake.memory.layout import FOLDER
from jobmake.model.errors import UsageError
from jobmake.reporters.several import Several, left_out
from jobmake.tools.hints import did_you_mean
from jobmake.tools.value import Value, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobmake.jobfile.problems import Problems
    from jobmake.model.contracts import Reporter
    from jobmake.model.events import Event
    from jobmake.project.opened import Opened
    from jobmake.reporters.reporting import Reporting

Place = tuple["str | int", ...]


class Wanted(Value):
    """A report that is asked for; ``path`` is absolute. One of the Jobfile has a ``place``."""

    name: str
    path: str | None
    place: Place | None = None

    @classmethod
    def of(cls, text: str, folder: str, place: Place | None = None) -> Wanted:
        """Return what `NAME=PATH` asks for, the path being relative to ``folder``."""
        name, _, path = text.partition("=")
        return cls(name, os.path.abspath(os.path.join(folder, path)) if path else None, place)


class _Made(Value):
    wanted: Wanted
    reporter: Reporter

    @property
    def is_display(self) -> bool:
        """Whether it writes to the screen what is seen of the build."""
        return bool(getattr(self.reporter, "is_display", False))


def reporters(
    project: Opened, texts: Iterable[str], base: Reporting, screen: Reporter | str
) -> Several:
    """Return the reporters of a build, as one.

    ``texts`` are asked for, relative to the working directory. ``base`` is what each is told
    besides its name and path. ``screen`` has the screen, or is the name of the one that has it
    where none of the others takes it. Raises UsageError, or JobfileError for those of the
    Jobfile.
    """
    root, problems = project.layout.root, project.jobfile.problems()
    wanted = [Wanted.of(text, os.getcwd()) for text in texts]
    wanted += [Wanted.of(text, root, place) for text, place in project.jobfile.reports]
    different = {(one.name, one.path): one for one in reversed(wanted)}
    made, notes = _made(_right(list(different.values())[::-1], project, problems), project, base)
    displays = [one for one in made if one.is_display]
    others = [(one.wanted.name, one.reporter) for one in made if not one.is_display]
    if isinstance(screen, str):
        shown = _the_display(displays, problems)
        display = shown or project.registry.reporters[screen](replace(base, name=screen))
    else:
        display = screen
        others += [(one.wanted.name, one.reporter) for one in displays if not one.wanted.place]
    several = Several(display, others, root)
    for note in notes:
        several.handle(note)
    return several


def _made(
    wanted: Iterable[Wanted], project: Opened, base: Reporting
) -> tuple[list[_Made], list[Event]]:
    """Return the reporters, and notes on those that could not be made."""
    made, notes, problems = [], [], project.jobfile.problems()
    for one in wanted:
        make = project.registry.reporters[one.name]
        settings = project.registry.settings_of("reporters", one.name)
        try:
            folder = project.layout.own("reports", one.name)
            told = replace(base, name=one.name, path=one.path, settings=settings, folder=folder)
            made.append(_Made(one, make(told)))
        except UsageError as error:
            _refuse(one, problems, error.message, error.hint)
        except Exception as error:
            notes.append(left_out(one.name, error, project.layout.root))
    problems.raise_any()
    return made, list(notes)


def _the_display(displays: Sequence[_Made], problems: Problems) -> Reporter | None:
    """Return the one reporter that has the screen; one that was asked for goes before the
    Jobfile's."""
    asked = [one for one in displays if one.wanted.place is None] or displays
    if len(asked) > 1:
        both = " and ".join(f"`{one.wanted.name}`" for one in asked[:2])
        _refuse(asked[1].wanted, problems, f"the reports {both} both want the screen", "keep one")
        problems.raise_any()
    return asked[0].reporter if asked else None


def _right(wanted: Iterable[Wanted], project: Opened, problems: Problems) -> list[Wanted]:
    """Return what is wanted, if all of it can be had."""
    known = project.registry.reporters
    paths: dict[str, Wanted] = {}
    right = []
    for one in wanted:
        if one.name not in known:
            hint = did_you_mean(one.name, known) or f"there are {_list(known)}"
            _refuse(one, problems, f"there is no report `{one.name}`", hint)
            continue
        right.append(one)
        if one.path is None:
            continue
        real = os.path.realpath(one.path)
        other = paths.setdefault(real, one)
        if other is not one:
            both = f"the reports `{other.name}` and `{one.name}`"
            message = f"{both} go to one file, `{_shown(one.path)}`"
            _refuse(one, problems, message, "give it another")
        elif why := _in_the_way(real, one.path, project):
            message = f"the report `{one.name}` would be written to {why}"
            _refuse(one, problems, message, "choose another place")
    problems.raise_any()
    return right


def _in_the_way(real: str, path: str, project: Opened) -> str | None:
    """Return what a report would be written over, or into."""
    shown, layout = _shown(path), project.layout
    if real.endswith(os.sep) or os.path.isdir(real):
        return f"`{shown}`, which is a folder"
    if real.endswith(".py") and os.path.exists(real):
        return f"`{shown}`, which is code"
    if not real.startswith(layout.root + os.sep):
        return None
    inside = real[len(layout.root) + 1 :]
    if inside.split(os.sep)[0] == FOLDER:
        return f"`{shown}`, and `{FOLDER}` is jobmake's own"
    read = {*project.jobfile.texts, *project.jobfile.made_of}
    if real in (layout.jobfile, layout.lockfile) or inside in read:
        return f"`{shown}`, which jobmake reads"
    for name, target in project.graph.targets.items():
        for one in target.made:
            if one.names(inside):
                return f"`{one.shown}`, which `{name}` makes"
        for one in (*target.inputs, *target.sources):
            if one.names(inside):
                return f"`{one.shown}`, which `{name}` reads"
    return None


def _refuse(one: Wanted, problems: Problems, message: str, hint: str | None) -> None:
    """Note a problem with a report of the Jobfile. Raises UsageError for another one."""
    if one.place is None:
        raise UsageError(message, hint)
    problems.value(one.place, message, hint)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _shown(path: str) -> str:
    """Return a path as it is seen from the working directory, where it lies below that."""
    here = os.getcwd() + os.sep
    return path[len(here) :] if path.startswith(here) else path
