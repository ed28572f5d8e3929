"""The rule that always holds: outputs must be there.

It is asked for every target whose other checks say nothing of outputs, that is all but
`content` and `own`. Reads no file's content.

Invariant: a target that it calls up to date has all that others can ask of it on the disk.
"""

from __future__ import annotations

from jobmake.checks.bare import Bare
from jobmake.model.decision import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import FilePattern, Target

NEVER_BUILT = Reason("it", "", "was never built")


class Exists(Bare):
    """Stale if an output, the value or an own file is missing."""

    name = "exists"
    reads_digests = False

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield what is missing."""
        if record is None and _has_more_than_outputs(target):
            yield NEVER_BUILT
            return
        there, made = set(files.outputs(target)), set(record.outputs if record else ())
        for output in target.owned:
            if not (_is_among(there, output) or (output.temp and _is_among(made, output))):
                yield Reason("output", output.shown, "is missing")
        if record is not None and record.result_id is not None:
            for name, now in files.result_digests(record).items():
                if now is None:
                    yield Reason("file" if name else "value", name, "is missing")


def _is_among(paths: set[str], output: FilePattern) -> bool:
    if output.kind != "glob":
        return output.shown in paths
    return any(output.names(path) for path in paths)


def _has_more_than_outputs(target: Target) -> bool:
    """Say whether outputs alone cannot stand for a run: it gives a value, or names files, or
    there are no outputs."""
    python = target.job_type == "python"
    return bool(python or target.manner.capture or target.depfile or not target.outputs)
