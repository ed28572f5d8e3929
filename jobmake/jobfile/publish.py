"""The key `publish`: at which places an output is to be found, too.

Knows which paths may be published. Does not know how it is done.
"""

from __future__ import annotations

from jobmake.jobfile.files import check_output
from jobmake.model.target import FilePattern, Published
from jobmake.tools.hints import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.problems import Path, Problems


def published(
    declared: DeclaredTarget,
    outputs: Iterable[FilePattern],
    one_path: Callable[[str, Path], str | None],
    problems: Problems,
) -> tuple[Published, ...]:
    """Return what a target publishes; ``one_path`` fills the placeholders of a path. What is
    wrong is noted."""
    found = []
    made = {output.path for output in outputs}
    table: dict[str, Any] = declared.keys.get("publish", {})
    for name, entry in table.items():
        place = (*declared.place, "publish", name)
        given = entry if isinstance(entry, dict) else {"path": entry}
        path, output = one_path(name, place), one_path(given["path"], place)
        if path is None or output is None:
            continue
        if output not in made:
            problems.value(
                place,
                f"`publish` names `{output}`, which is no output of `{declared.name}`",
                did_you_mean(output, made),
            )
        elif check_output(FilePattern("", "file", path, place), (), problems):
            found.append(Published(path, output, given.get("copy", False), place))
    return tuple(found)
