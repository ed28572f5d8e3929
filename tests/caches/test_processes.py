"""Several processes with one cache folder, and what a kill leaves: nothing ever comes out wrong."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from jobmake.caches.disk import DiskCache
from jobmake.model.cached import Miss
from tests.caches.rig import KEY, objects, trace_of, write
from tests.support import DEADLINE

# A build, over and over: makes outputs of one of some versions, keeps them or restores those
# of another one, and looks at each byte of what came. Ends with the number of restores.
BUILDER = """
import random, sys
from pathlib import Path
from jobmake.caches.disk import DiskCache
from jobmake.model.cached import Miss
from tests.caches.rig import listing, trace_of, write

root, folder, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
dice = random.Random(seed)
restored = 0

def make(version):
    write(root / "small", f"small {version}")
    write(root / "large", f"large {version}".encode() * 150_000)
    write(root / "out/a", f"a {version}", executable=version % 2 == 0)
    write(root / "out/deep/b", f"b {version}")

for number in range(60):
    cache = DiskCache(folder, 3_000_000)
    version = dice.randrange(6)
    make(version)
    trace = trace_of(root, "small", "large", "out/")
    before = listing(root)
    refused = cache.keep(f"key {version}", trace, str(root))
    assert refused is None, refused
    make(version + 1)
    for found in cache.find(f"key {version}"):
        assert found.outputs == trace.outputs, found
        try:
            cache.restore(found, str(root), list(found.outputs))
        except Miss:
            now = listing(root)
            make(version + 1)
            assert listing(root) == now, "a miss has touched something"
        else:
            assert listing(root) == before, "something else was restored"
            restored += 1
    cache.close()
print(restored)
"""

TRIMMER = """
import random, sys
from jobmake.caches.disk import DiskCache
dice = random.Random(1)
for number in range(200):
    cache = DiskCache(sys.argv[1], 3_000_000)
    cache.trim(dice.choice([0, 500_000, 2_000_000, None]))
    assert not list(cache.verify())
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_builds_and_trims_at_once_never_give_anything_wrong(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache")
    builders = [start(BUILDER, str(tmp_path / f"p{one}"), folder, str(one)) for one in range(4)]
    others = [start(TRIMMER, folder)]

    restored = 0
    for process in [*builders, *others]:
        out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0, err
        restored += int(out or 0)

    assert restored > 0
    assert list(DiskCache(folder, 2**30).verify()) == []


KEEPER = """
import sys
from pathlib import Path
from jobmake.caches.disk import DiskCache
from tests.caches.rig import trace_of
root = Path(sys.argv[1])
names = [path.name for path in root.iterdir()]
cache = DiskCache(sys.argv[2], 2**30)
trace = trace_of(root, *names)
print("begins", flush=True)
while True:
    cache.keep("key", trace, str(root))
    cache.clear()
"""


def test_a_kill_in_the_middle_of_keeping_leaves_nothing_wrong(tmp_path: Path) -> None:
    """Killed at random moments, between which the cache is filled and cleared."""
    root, folder = tmp_path / "p", tmp_path / "cache"
    for number in range(20):
        write(root / f"small{number}", str(number) * 1000)
    write(root / "large", os.urandom(4_000_000))
    names = [path.name for path in root.iterdir()]
    trace = trace_of(root, *names)
    dice = random.Random(7)
    found = 0
    for _ in range(25):
        process = start(KEEPER, str(root), str(folder))
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(dice.random() * 0.05)  # a moment, not a wait for anything
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=DEADLINE)

        cache = DiskCache(str(folder), 2**30)
        assert list(cache.verify()) == []
        for one in cache.find("key"):
            found += 1
            assert one.outputs == trace.outputs
            (root / "small0").unlink()
            try:
                cache.restore(one, str(root), names)
            except Miss:
                write(root / "small0", "0" * 1000)
            assert trace_of(root, *names) == trace
    cache = DiskCache(str(folder), 2**30)
    assert cache.keep(KEY, trace, str(root)) is None
    cache.restore(cache.find(KEY)[0], str(root), names)
    assert len(objects(folder)) == 21


RESTORER = """
import sys
from jobmake.caches.disk import DiskCache
cache = DiskCache(sys.argv[2], 2**30)
[trace] = cache.find("key")
print("begins", flush=True)
while True:
    cache.restore(trace, sys.argv[1], list(trace.outputs))
"""


def test_a_kill_in_the_middle_of_restoring_leaves_whole_outputs(tmp_path: Path) -> None:
    from jobmake.caches.staging import remove_leftovers

    root, folder = tmp_path / "p", tmp_path / "cache"
    write(root / "a", "a")
    write(root / "large", os.urandom(4_000_000))
    write(root / "out/b", "b" * 1000)
    trace = trace_of(root, "a", "large", "out/")
    DiskCache(str(folder), 2**30).keep("key", trace, str(root))
    dice = random.Random(7)
    for _ in range(25):
        process = start(RESTORER, str(root), str(folder))
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(dice.random() * 0.05)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate(timeout=DEADLINE)

        there = [path for path in trace.outputs if (root / path).exists()]
        assert {"a", "large"} <= set(there)  # a folder takes two renames
        assert trace_of(root, *there).outputs == {path: trace.outputs[path] for path in there}
        remove_leftovers([str(root)])
        assert {path.name for path in root.iterdir()} <= {"a", "large", "out"}
