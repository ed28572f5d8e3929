"""The state of a job as JSON, in a file that people may read: `<json_prefix>_<name>.json`.

    {"name": "histograms", "params": {"bins": 32}, "outputs": {"histograms": …}}

Knows the form. Does not know when it is written.

Invariant: the file has its old or its new content, never a part.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobmake.python.job import Job
from jobmake.python.params import params_of
from jobmake.tools.atomic import write_whole
from jobmake.values.codec import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_state(path: str, job: Job, outputs: Mapping[str, Any]) -> None:
    """Write params and outputs of a job. Raises NotKept, OSError."""
    params = params_of(type(job), Job)
    state = {
        "name": job.name,
        "params": {name: to_json(getattr(job, name)) for name in params},
        "outputs": {name: to_json(one, pickled=job.pickle) for name, one in outputs.items()},
    }
    text = json.dumps(state, indent=4, ensure_ascii=False) + "\n"
    write_whole(path, text.encode(), durable=False)
