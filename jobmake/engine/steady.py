"""What stays as it is while a build goes on: the parts of a fingerprint that a Jobfile, params
and variables give, and the sight of a target of which nothing has moved.

A target is looked at up to three times in a build: when it is judged, before its command starts,
after it ended. Knows the targets that were looked at last. Looks at no file.

Invariant: what is given back is what would be found anew; of a target or an environment that
was replaced nothing is.
"""

from __future__ import annotations

from jobmake.engine.jobfile_parts import action_digest, value_parts
from jobmake.engine.sight import Sight
from jobmake.jobfile.typed import setting_parts
from jobmake.model.fingerprint import Fingerprint
from jobmake.tools.tomltext import value as toml_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.model.contracts import JobType
    from jobmake.model.needed import RoledPaths
    from jobmake.model.target import Target

Parts = list[tuple[str, str, str]]  # (kind, name, value)

_MOST = 512  # targets; many more may wait for room, and each is looked at anew then


class _Seen:
    """One target, the parts that stay, and those of the last look with what came of them."""

    __slots__ = ("environ", "last", "parts", "sight", "target")

    def __init__(self, target: Target, environ: Mapping[str, str], parts: Parts) -> None:
        self.target, self.environ, self.parts = target, environ, parts
        self.last: Parts = []
        self.sight: Sight | None = None


class Steady:
    """The targets that were looked at last."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def parts(
        self, target: Target, environ: Mapping[str, str], job_types: Mapping[str, JobType]
    ) -> Parts:
        """Return the parts that stay; the list is the caller's own."""
        seen = self._seen.get(target.name)
        if seen is None or seen.target is not target or seen.environ is not environ:
            seen = _Seen(target, environ, _parts(target, environ, job_types))
            self._seen.pop(target.name, None)
            while len(self._seen) >= _MOST:
                del self._seen[next(iter(self._seen))]
            self._seen[target.name] = seen
        return seen.parts.copy()

    def sight(self, target: Target, parts: Parts, inputs: RoledPaths, sources: RoledPaths) -> Sight:
        """Return the sight of all these parts: the last one, where they are the same."""
        seen = self._seen[target.name]
        last = seen.sight
        same = last is not None and (last.inputs, last.sources) == (inputs, sources)
        if last is None or not same or seen.last != parts:
            seen.last = parts
            seen.sight = last = Sight(Fingerprint.of(parts), inputs, sources)
        return last


def _parts(target: Target, environ: Mapping[str, str], job_types: Mapping[str, JobType]) -> Parts:
    parts: Parts = [("action", "", action_digest(target, job_types))]
    if target.version is not None:
        parts.append(("version", "", toml_value(target.version)))
    parts.extend(("setting", *one) for one in setting_parts(target.settings, target.family))
    parts.extend(("matrix", axis, toml_value(value)) for axis, value in target.matrix)
    parts.extend(value_parts(target, environ))
    return parts
