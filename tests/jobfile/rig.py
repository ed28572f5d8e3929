"""Graphs from the text of a Jobfile, without a disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobmake.jobfile.declaration import declare
from jobmake.jobfile.expand import Surroundings, expand
from jobmake.jobfile.link import link
from jobmake.jobfile.load import World
from jobmake.jobfile.load import load as load_jobfile
from jobmake.jobfile.problems import Problems
from jobmake.jobfile.unlinked import UnlinkedTarget
from jobmake.jobs.shell import Shell
from jobmake.model.errors import JobfileError
from jobmake.tools.globbing import matches
from jobmake.tools.tomlguard import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobmake.jobfile.load import LoadedJobfile
    from jobmake.model.graph import Graph
    from jobmake.model.target import FilePattern, Target


def expanded(
    text: str, params: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> tuple[list[UnlinkedTarget], Problems]:
    """The targets of a Jobfile, not yet linked, and what is wrong with them."""
    problems = Problems("Jobfile.toml", {"Jobfile.toml": text})
    declared = declare(parse(text.encode()), problems)
    around = Surroundings(
        params if params is not None else declared.params,
        environ or {},
        {"shell": Shell()},
        ("Jobfile.toml", "Jobfile.lock"),
        problems,
    )
    return [one for target in declared.targets for one in expand(target, around)], problems


def targets(
    text: str, params: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> dict[str, Target]:
    """The targets of a Jobfile that is right, by name, not yet linked."""
    found, problems = expanded(text, params, environ)
    problems.raise_any()
    return {one.target.name: one.target for one in found}


def graph(text: str) -> Graph:
    """The graph of a Jobfile that is right."""
    found, problems = expanded(text)
    linked = link(found, problems)
    problems.raise_any()
    return linked


def load(folder: Path, text: str, *settings: str, **options: Any) -> LoadedJobfile:
    """A Jobfile in a folder, loaded as the program does."""
    (folder / "Jobfile.toml").write_text(text)

    def matching(pattern: FilePattern) -> tuple[str, ...]:
        return tuple(matches(str(folder), pattern.path))

    path = str(folder / "Jobfile.toml")
    return load_jobfile(path, settings, World({}, {"shell": Shell()}, matching), **options)


def messages(folder: Path, text: str) -> list[str]:
    """What is wrong with a Jobfile in a folder."""
    with pytest.raises(JobfileError) as caught:
        load(folder, text)
    return [problem.message for problem in caught.value.problems]
