"""What a person is told of a project that was opened: what was left out where it is not trusted,
and what may help with an input that is missing.

Knows texts only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobmake.model.graph import Graph

_WHY = "because you have not built this project before"
_TAKEN = "what they say is taken as unchanged"


def not_run(probes: int, asked: int) -> Iterator[str]:
    """Yield what is told of probes, and of targets' checks, that were not asked."""
    if probes:
        were = "1 probe was" if probes == 1 else f"{probes} probes were"
        yield f"{were} not run, {_WHY}: {_TAKEN}; `jobmake build` runs them"
    if asked:
        were = "1 target" if asked == 1 else f"{asked} targets"
        yield f"the checks of {were} asked nobody, {_WHY}: {_TAKEN}; `jobmake build` asks"


def not_loaded(plugins: Sequence[str], jobs: int) -> Iterator[str]:
    """Yield what is told of code of the project that was not loaded."""
    if plugins:
        names = ", ".join(f"`{one}`" for one in plugins)
        were = "plugin was" if len(plugins) == 1 else "plugins were"
        yield f"the {were} not loaded, {_WHY}: {names}; `jobmake build` loads what is left out"
    if jobs:
        were = "1 Python job was" if jobs == 1 else f"{jobs} Python jobs, or files of them, were"
        yield f"{were} not loaded, {_WHY}: they are left out; `jobmake build` loads them"


def hint_for_missing(path: str, graph: Graph) -> str:
    """Return what may help with an input that is not there."""
    from jobmake.tools.hints import nearest

    near = nearest(path, graph.producers)
    if near:
        return f"did you mean `{near}`, which `{graph.producers[near]}` makes?"
    return "put it there, or name the target that makes it"
