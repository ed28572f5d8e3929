"""A disk that is full or read-only: keeping is given up with one reason, restoring is a miss."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.amounts import leave_out
from tests.caches.rig import write
from tests.support import DEADLINE

IS_ROOT = os.geteuid() == 0

PROGRAM = """
import sys
from pathlib import Path
from jobmake.caches.disk import DiskCache
from jobmake.model.cached import Miss
from tests.caches.rig import objects, trace_of

root, folder = Path(sys.argv[1]), sys.argv[2]
cache = DiskCache(folder, 2**30)
for name in ("a", "large", "b"):
    print(name, cache.keep(name, trace_of(root, name), str(root)))
cache.close()
print(len(objects(Path(folder))), len(cache.find("large")), list(cache.verify()))
print([path.name for path in Path(folder, "v1/tmp").iterdir()])
"""

READ_ONLY = """
import sys
from pathlib import Path
from jobmake.caches.disk import DiskCache
from tests.caches.rig import trace_of

root, folder = Path(sys.argv[1]), sys.argv[2]
cache = DiskCache(folder, 2**30)
print(cache.keep("large", trace_of(root, "large"), str(root)))
cache.restore(cache.find("a")[0], str(root), ["a"])
print((root / "a").read_text())
cache.trim(), cache.clear(), list(cache.verify()), cache.close()
"""


def run(script: str, tmp_path: Path, program: str = PROGRAM) -> str:
    """Run a program after a shell's script, in a mount namespace that nothing outside sees."""
    prefix = ["unshare", "--mount"] if IS_ROOT else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        leave_out("needs namespaces")
    folder = tmp_path / "disk"
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-c", program, str(tmp_path / "p"), str(folder / "cache")]
    ended = subprocess.run(
        [*prefix, "sh", "-e", "-c", script + '\nexec "$@"', str(folder), *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.replace(str(folder), "DISK")


def test_on_a_full_disk_keeping_is_given_up_once_and_for_all(tmp_path: Path) -> None:
    for name, size in (("a", 10), ("b", 10), ("large", 3_000_000)):
        write(tmp_path / "p" / name, name[0].encode() * size)
    said = run('mount -t tmpfs -o size=1m none "$0"', tmp_path)
    trouble = (
        "NotKept(reason='cannot write to the cache `DISK/cache`: No space left on device',"
        " lasting=True)"
    )
    assert said.splitlines() == ["a None", f"large {trouble}", f"b {trouble}", "1 0 []", "[]"]


def test_a_cache_to_read_only_still_restores(tmp_path: Path) -> None:
    for name in ("a", "b", "large"):
        write(tmp_path / "p" / name, name)
    run("true", tmp_path)
    write(tmp_path / "p/a", "edited")
    write(tmp_path / "p/large", "another")
    said = run('mount --bind "$0" "$0"\nmount -o remount,bind,ro "$0"', tmp_path, READ_ONLY)
    assert said.splitlines() == [
        "NotKept(reason='cannot write to the cache `DISK/cache`: Read-only file system',"
        " lasting=True)",
        "a",
    ]


def test_a_project_that_is_full_makes_a_miss_and_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "p/large", b"l" * 3_000_000)
    write(tmp_path / "p/a", "a")
    write(tmp_path / "p/b", "b")
    program = """
import sys
from pathlib import Path
from jobmake.caches.disk import DiskCache
from jobmake.model.cached import Miss
from tests.caches.rig import trace_of
source, disk = Path(sys.argv[1]), Path(sys.argv[2]).parent
cache = DiskCache(str(source.parent / "cache"), 2**30)
cache.keep("k", trace_of(source, "a", "large"), str(source))
try:
    cache.restore(cache.find("k")[0], str(disk), ["a", "large"])
except Miss as miss:
    print(str(miss).partition(":")[2].strip(), list(disk.iterdir()), list(cache.verify()))
"""
    said = run('mount -t tmpfs -o size=1m none "$0"', tmp_path, program)
    assert said == "No space left on device [] []\n"
