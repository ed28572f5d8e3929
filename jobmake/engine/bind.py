"""What placeholders stand for in a run of a target, from what was seen of it."""

from __future__ import annotations

import os

from jobmake.engine import outputs
from jobmake.engine.needed import needed
from jobmake.memory.layout import FOLDER
from jobmake.model.bindings import Bindings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.engine.judge import Judge
    from jobmake.engine.sight import Sight
    from jobmake.engine.slots import Grant
    from jobmake.model.target import Target


def bindings_of(
    target: Target,
    sight: Sight,
    judge: Judge,
    folder: str,
    *,
    attempt: int = 1,
    grant: Grant | None = None,
) -> Bindings:
    """Return the bindings of a run in the project's folder; ``folder`` is the run's own, and
    ``grant`` what it was given."""
    return Bindings(
        target=target,
        inputs=sight.inputs,
        sources=sight.sources,
        outputs=outputs.by_role(target),
        root=judge.files.root,
        run_dir=folder,
        environ=dict(judge.environ),  # what a run is given, nobody has asked for
        attempt=attempt,
        cpus=max(1, grant.cpus) if grant else 1,
        devices=grant.devices if grant else (),
        fingerprint=sight.fingerprint.digest,
        tmp=os.path.join(judge.files.root, FOLDER, "tmp"),
        needed=needed(target, judge),
        python_path=judge.python_path,
        input_directory=os.path.join(judge.files.root, judge.input_directory),
    )
