"""The phases of a build whose time is told, and what is counted besides, as people read them.

Knows names only. Invariant: `PHASES` are all of them, in the order of a table.
"""

from __future__ import annotations

START, JOBFILE, STATE, LOOKING = "start-up", "the Jobfile", "state", "looking at files"
JUDGING, CACHE, STARTING = "judging", "the cache", "starting runs"
WAITING, RECORDING, LOCKFILE = "waiting for runs", "recording", "the lockfile"
INDEX, TELLING, REST = "the index", "telling", "the rest"
PHASES = (
    START, JOBFILE, STATE, LOOKING, JUDGING, CACHE, STARTING, WAITING, RECORDING, LOCKFILE, INDEX,
    TELLING, REST,
)  # fmt: skip
LOOKS, DIGESTS, BYTES, RUNS = "looks", "digests", "bytes", "runs"
