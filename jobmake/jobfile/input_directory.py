"""The folder from which Python jobs import data: `[project] input_directory`.

It counts in no fingerprint, so that projects can be moved. Knows how the key is written. Does
not look at the disk.
"""

from __future__ import annotations

from jobmake.jobfile.files import Ground, pattern
from jobmake.model.target import Scope
from jobmake.tools.template import TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jobmake.jobfile.include import Joined
    from jobmake.jobfile.problems import Problems


def input_directory(
    joined: Joined, params: Mapping[str, Any], environ: Mapping[str, str], problems: Problems
) -> str:
    """Return the folder, absolute or relative to the project's; what is wrong is noted."""
    first = joined.files[0]
    for text, place in first.declarations.setting("input_directory", first.place):
        try:
            found = pattern("", text, place, Ground(Scope(params, {}), environ))
        except TemplateError as error:
            problems.value(place, error.message, error.hint, error.text)
            continue
        if found.kind == "glob":
            problems.value(place, f"`{text}` is no folder: it holds `*`, `?` or `[`")
            continue
        return found.path.rstrip("/") or "/"
    return "."
