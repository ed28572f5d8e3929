"""Which files a build is going to read in any case, so that they can be read ahead.

Knows targets and records. Does not know how files are read. Decides nothing: whoever judges a
target looks at its files himself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.engine.judge import Judge


def read_ahead(judge: Judge, wanted: Iterable[str]) -> None:
    """Have the files of wanted targets read that were built before, but those that are known."""
    records, targets = judge.records, judge.graph.targets
    built = (targets[name] for name in wanted if records.holds(name))
    judge.files.read_ahead(
        dict.fromkeys(
            one.path
            for target in built
            if target.by_content
            for one in (*target.inputs, *target.sources, *target.outputs)
            if one.kind == "file"
        )
    )
