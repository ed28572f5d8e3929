"""What a run names besides its outputs: the files in its depfile.

Knows the disk after a run. Does not know whether the run is to be recorded.
"""

from __future__ import annotations

import os
import posixpath
from collections import deque

from jobmake.model.errors import TargetError
from jobmake.tools.pathnames import is_outside, parents
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.engine.judge import Judge
    from jobmake.model.fingerprint import Fingerprint
    from jobmake.model.target import Target


class NamedFiles(Value):
    """Path and digest of the files in a depfile that were not declared: those of the project,
    and those outside. ``written`` is one that was written while the command ran, if any."""

    inside: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)
    written: str | None = None

    @property
    def all(self) -> dict[str, str]:
        """All of them."""
        return {**self.inside, **self.outside}


def named_files(
    target: Target, judge: Judge, folder: str, begun_ns: int, saw: Fingerprint
) -> NamedFiles:
    """Return what the depfile of a run in ``folder`` names besides what was declared and ``saw``
    before it began. Raises TargetError."""
    if target.depfile is None:
        return NamedFiles()
    declared = {name for _, name in saw.parts}
    declared -= {name for kind, name in saw.parts if kind == "discovered"}
    inside: dict[str, str] = {}
    outside: dict[str, str] = {}
    written = None
    for path in _paths(target, folder, judge.files.root):
        if path in declared or any(one.names(path) for one in target.owned):
            continue
        digest = judge.files.digest(path)
        if digest is None:
            raise TargetError(f"its depfile `{target.depfile}` names `{path}`, which is missing")
        _refuse_unordered(target, judge, path)
        (outside if is_outside(path) else inside)[path] = digest
        if judge.files.written_ns(path) >= begun_ns:
            written = written or path
    return NamedFiles(inside, outside, written)


def _paths(target: Target, folder: str, root: str) -> list[str]:
    """Return the paths in a depfile as the project sees them, each once."""
    full = os.path.join(folder, target.depfile or "")
    try:
        with open(full, encoding="utf-8", errors="surrogateescape") as file:
            from jobmake.tools.depfile import prerequisites

            named = prerequisites(file.read())
    except FileNotFoundError:
        raise TargetError(
            f"its command ended well but did not write the depfile `{target.depfile}`",
            "compilers write one with `-MD -MF {…}`, or `-MMD` without the system's headers",
        ) from None
    except OSError as error:
        raise TargetError(f"cannot read `{target.depfile}`: {error.strerror}") from None
    except ValueError as error:
        raise TargetError(f"its depfile `{target.depfile}` is damaged: {error}") from None
    found: dict[str, None] = {}
    for name in named:
        path = posixpath.normpath(posixpath.join(folder, target.cwd, name))
        for base in (folder, root):
            if path.startswith(base + "/"):
                path = path[len(base) + 1 :]
                break
        found[path] = None
    return list(found)


def _refuse_unordered(target: Target, judge: Judge, path: str) -> None:
    """What another target makes must be declared, or that one might come later."""
    producers = judge.graph.producers
    maker = next((producers[one] for one in (path, *parents(path)) if one in producers), None)
    if maker is None or maker == target.name:
        return
    seen, todo = {target.name}, deque([target.name])
    while todo:
        for need in judge.graph.needs[todo.popleft()]:
            if need == maker:
                return
            if need not in seen:
                seen.add(need)
                todo.append(need)
    raise TargetError(
        f"it read `{path}`, which `{maker}` makes and which it does not need",
        f'add `"{path}"` to its inputs, or `"{maker}"` to its `after`',
    )
