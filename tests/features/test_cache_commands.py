"""`jobmake cache` and `jobmake gc`: what is kept, and how room is made, also during a build."""

from __future__ import annotations

import json
import os
from pathlib import Path

from jobmake.model.contracts import Cache
from jobmake.project import Project, Settings
from tests.caches.rig import objects, tick, trace_of
from tests.support import Space

# no outputs: what is in the cache is what these tests put there
JOBFILE = '[target.say]\nalways = true\nrun = "echo said"\n'


def keep(space: Space, **files: int) -> Cache:
    """Keep a file of so many bytes under each name, one after another."""
    cache = Project.open(Settings(str(space.root))).cache()
    for name, size in files.items():
        space.write(name, name[0] * size)
        assert cache.keep(name, trace_of(space.root, name), str(space.root)) is None
        tick(space.root)
    return cache


def folder(space: Space) -> Path:
    return space.path(".jobmake/cache")


# -- cache ----------------------------------------------------------------------------


def test_an_empty_cache_is_told_and_not_made(space: Space) -> None:
    space.jobfile(JOBFILE)
    result = space.run("cache")
    assert result.out == (
        "folder  .jobmake/cache\nused    0 B of 10.0 GiB\nholds   0 objects of 0 kept runs\n"
    )
    assert not space.exists(".jobmake")


def test_what_is_kept_is_told(space: Space) -> None:
    space.jobfile(JOBFILE)
    used = keep(space, a=100_000, b=10).used()
    assert used.objects == used.traces == 2

    lines = space.run("cache").out.splitlines()
    data = json.loads(space.run("cache", "--json").out)

    assert lines[1].startswith("used    1")
    assert lines[1].endswith(" KiB of 10.0 GiB")
    assert lines[2] == "holds   2 objects of 2 kept runs"
    assert data == {
        "version": 1,
        "enabled": True,
        "folder": ".jobmake/cache",
        "limit": 10 * 2**30,
        "bytes": used.bytes,
        "objects": 2,
        "runs": 2,
    }


def test_verify_removes_what_is_damaged_and_says_so(space: Space) -> None:
    space.jobfile(JOBFILE)
    keep(space, a=100, b=100)
    assert space.run("cache", "--verify").out == "damaged 0\n"
    victim, other = objects(folder(space))
    victim.chmod(0o600)
    victim.write_bytes(b"x")

    result = space.run("cache", "--verify")

    assert result.out == f"removed {victim.name}: it was damaged\ndamaged 1\n"
    assert objects(folder(space)) == [other]
    other.chmod(0o600)
    other.write_bytes(b"x")
    assert json.loads(space.run("cache", "--verify", "--json").out)["damaged"] == [other.name]


def test_clear_removes_everything(space: Space) -> None:
    space.jobfile(JOBFILE)
    cache = keep(space, a=100_000)
    assert space.run("cache", "--clear").out.startswith("removed 1")
    assert cache.used().bytes == 0
    assert json.loads(space.run("cache", "--clear", "--json").out)["removed"]["bytes"] == 0
    assert space.run("cache", "-q").out == ""


def test_not_both_at_once(space: Space) -> None:
    space.jobfile(JOBFILE)
    assert "not allowed with" in space.run("cache", "--clear", "--verify", code=2).err


# -- gc: the cache --------------------------------------------------------------------


def test_gc_leaves_as_much_as_it_is_told(space: Space) -> None:
    space.jobfile(JOBFILE)
    cache = keep(space, a=100_000, b=100_000, c=100_000)

    assert space.run("gc").out.splitlines()[0] == "freed 0 B in the cache: 0 objects"
    would = space.run("gc", "-n", "--size", "250 kB").out
    assert cache.used().objects == 3
    did = space.run("gc", "--size", "250 kB").out

    assert did == would.replace("would free", "freed")
    assert "in the cache: 1 object\n" in did
    assert not cache.find("a")
    assert cache.find("b")
    assert cache.find("c")
    data = json.loads(space.run("gc", "--size", "0", "--json").out)
    assert data["version"] == 1
    assert data["cache"]["objects"] == 2
    assert not data["dry_run"]


def test_a_size_that_is_none_is_an_error(space: Space) -> None:
    space.jobfile(JOBFILE)
    for text in ("lots", "-1", "1e3", "inf", ""):
        err = space.run("gc", f"--size={text}", code=2).err
        assert f"`{text}` is no size: for example `500 MB`, `2 GiB`" in err


# -- gc: folders of runs --------------------------------------------------------------


def run_folders(space: Space) -> list[int]:
    return sorted(int(name) for name in os.listdir(space.path(".jobmake/runs")))


def test_gc_leaves_the_newest_folders_of_each_target(space: Space) -> None:
    space.jobfile(JOBFILE + '[target.other]\nalways = true\nrun = "echo other"\n')
    space.build("other")
    for _ in range(22):
        space.build("-q", "say")
    space.write(".jobmake/runs/notes/mine.txt", "no number, not ours")
    os.rename(space.path(".jobmake/runs/notes"), space.path(".jobmake/runs/x"))

    would = space.run("gc", "-n").out
    did = space.run("gc").out

    assert would.splitlines()[1].endswith("of old runs: 2 folders")
    assert did == would.replace("would free", "freed")
    names = set(os.listdir(space.path(".jobmake/runs")))
    assert names == {"1", "x", *map(str, range(4, 24))}
    assert space.run("log", "other").out == "other\n"
    assert space.run("log", "say").out == "said\n"
    assert space.run("gc").out.splitlines()[1] == "freed 0 B of old runs: 0 folders"


def test_gc_removes_folders_that_history_does_not_know(space: Space) -> None:
    space.jobfile(JOBFILE)
    space.build()
    space.build()
    space.write(".jobmake/runs/0/log", "of a history that was lost")
    space.write(".jobmake/runs/9/log", "of a run that goes on, or was killed")
    data = json.loads(space.run("gc", "--json").out)
    assert data["runs"]["folders"] == 1
    assert run_folders(space) == [1, 2, 9]


def test_without_a_history_no_folder_is_removed(space: Space) -> None:
    space.jobfile(JOBFILE)
    space.run("gc")
    assert not space.exists(".jobmake")
    space.build()
    for damage in (lambda path: path.write_bytes(b"x" * 5000), os.unlink):
        damage(space.path(".jobmake/runs.db"))
        assert space.run("gc").out.splitlines()[1] == "freed 0 B of old runs: 0 folders"
        assert run_folders(space) == [1]


def test_gc_during_a_build_leaves_its_runs_alone(space: Space) -> None:
    """Runs end in another order than they began, and history is written in batches: only
    what has a row in it has ended."""
    gate, quick = space.gate("slow"), space.gate("quick")
    space.jobfile(
        f"""
        [target.slow]
        run = ["echo slow", "{gate.command}", "test -f .jobmake/runs/$JOBMAKE_RUN_ID/log"]
        [target.quick]
        run = ["echo quick", "{quick.command}"]
        [target.say]
        always = true
        run = "echo said"
        """
    )
    for _ in range(22):
        space.build("-q", "say")
    space.write(".jobmake/runs/0/log", "of a history that was lost")
    cache = keep(space, a=100)
    build = space.start("build", "-j2", "slow", "quick")
    gate.reached()
    quick.reached()

    during = space.run("gc", "--size", "0")

    assert "folders of runs without history are left" in during.err
    assert during.out.splitlines()[1].endswith("of old runs: 2 folders")
    assert run_folders(space) == [0, *range(3, 25)]
    assert cache.used().objects == 0
    gate.open()
    quick.open()
    _, err = build.communicate()
    assert build.returncode == 0, err
    assert space.run("log", "slow").out == "slow\n"
    assert space.run("gc").out.splitlines()[1].endswith("of old runs: 1 folder")
    assert run_folders(space) == [*range(3, 25)]
