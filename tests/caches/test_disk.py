"""The cache in a folder: what holds for every cache, and what damage does to it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from xxhash import xxh3_64_hexdigest

from jobmake.caches.disk import DiskCache
from jobmake.caches.staging import remove_leftovers
from jobmake.caches.tree import Tree, encode
from jobmake.model.cached import Miss, Trace, Used
from jobmake.testing import CacheContract
from tests.caches.rig import KEY, listing, objects, result_of, trace_of, write

CONTENT = "xxh3:" + "3" * 32


class TestDiskCache(CacheContract):
    """The contract."""

    def make(self, folder: str, size: int) -> DiskCache:
        return DiskCache(folder, size)


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(str(tmp_path / "cache"), 2**30)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with outputs of every kind: small, large, a folder."""
    write(tmp_path / "p/small", "small")
    write(tmp_path / "p/large", b"large" * 1_000_000)
    write(tmp_path / "p/folder/a", "a")
    write(tmp_path / "p/folder/b", "b", executable=True)
    return tmp_path / "p"


OUTPUTS = ("folder/", "large", "small")


# -- damage ---------------------------------------------------------------------------


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def flip_first(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[0] ^= 128
    path.write_bytes(data)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def another(path: Path) -> None:
    path.write_bytes(b"something else" * (path.stat().st_size // 10))


DAMAGES = [flip, flip_first, truncate, empty, lengthen, another, os.unlink]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("number", range(5))
def test_a_damaged_object_is_a_miss_and_then_gone(
    cache: DiskCache, root: Path, tmp_path: Path, damage: Callable[[Path], None], number: int
) -> None:
    cache.keep(KEY, trace_of(root, *OUTPUTS), str(root))
    kept = objects(tmp_path / "cache")
    assert len(kept) == 5
    victim = kept[number]
    victim.chmod(0o600)
    damage(victim)
    write(root / "small", "edited")
    before = listing(root)

    with pytest.raises(Miss):
        cache.restore(cache.find(KEY)[0], str(root), OUTPUTS)

    assert listing(root) == before
    assert not victim.exists()
    write(root / "small", "small")
    assert cache.keep(KEY, trace_of(root, *OUTPUTS), str(root)) is None  # it mends itself
    cache.restore(cache.find(KEY)[0], str(root), OUTPUTS)


@pytest.mark.parametrize("damage", DAMAGES[:-1])
def test_verify_finds_every_damage(
    cache: DiskCache, root: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    cache.keep(KEY, trace_of(root, *OUTPUTS, value=result_of(root, b"v").value), str(root))
    assert list(cache.verify()) == []
    kept = objects(tmp_path / "cache")
    for path in kept:
        path.chmod(0o600)
        damage(path)
    assert sorted(cache.verify()) == sorted(path.name for path in kept)
    assert objects(tmp_path / "cache") == []


@pytest.mark.parametrize("damage", [flip, truncate, empty, os.unlink])
def test_a_damaged_trace_is_none(
    cache: DiskCache, root: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    cache.keep(KEY, trace_of(root, "small"), str(root))
    [path] = (tmp_path / "cache/v1/traces").glob("*/*")
    damage(path)
    if damage is truncate:
        damage(path)  # the first byte from the end is only the line's
    assert cache.find(KEY) == []
    cache.keep(KEY, trace_of(root, "large"), str(root))
    assert list(cache.find(KEY)[0].outputs) == ["large"]


def test_a_trace_under_another_key_is_none(cache: DiskCache, root: Path, tmp_path: Path) -> None:
    cache.keep(KEY, trace_of(root, "small"), str(root))
    cache.keep(KEY + "x", trace_of(root, "small"), str(root))
    one, other = (tmp_path / "cache/v1/traces").glob("*/*")
    os.rename(one, other)
    assert cache.find(KEY) == cache.find(KEY + "x") == []


def test_a_damaged_value_is_a_miss_and_then_gone(
    cache: DiskCache, root: Path, tmp_path: Path
) -> None:
    trace = result_of(root, b"value")
    cache.keep(KEY, trace, str(root))
    [path] = objects(tmp_path / "cache")
    path.chmod(0o600)
    flip(path)
    assert trace.value is not None
    with pytest.raises(Miss):
        cache.read(trace.value)
    assert objects(tmp_path / "cache") == []


def test_a_trace_from_before_there_were_own_files_is_read(
    cache: DiskCache, root: Path, tmp_path: Path
) -> None:
    trace = result_of(root, b"value")
    cache.keep(KEY, trace, str(root))
    [path] = (tmp_path / "cache/v1/traces").glob("*/*")
    data = json.loads(path.read_bytes().split(b" ", 1)[1])
    del data["own"]
    payload = json.dumps(data).encode()
    path.write_bytes(xxh3_64_hexdigest(payload).encode() + b" " + payload + b"\n")

    [found] = cache.find(KEY)

    assert (found.value, found.files) == (trace.value, {})


@pytest.mark.parametrize(
    "tree",
    [
        Tree((("../x", CONTENT),)),
        Tree((("/x", CONTENT),)),
        Tree((("a/../../x", CONTENT),)),
        Tree((("a\0b", CONTENT),)),
        Tree((("", CONTENT),)),
        Tree((("..", ""),)),
        Tree((("../x/", ""),)),
        Tree((("a", CONTENT),), {"../x": "a"}),
        Tree((("x", "link " + CONTENT),)),
        Tree((("x", "something"),)),
        Tree((("x", CONTENT), ("x", CONTENT))),
        Tree((("x", CONTENT), ("x/y", CONTENT))),
        Tree((("x/y", CONTENT), ("x", CONTENT))),
        Tree((("x", CONTENT), ("l/y", CONTENT)), {"l": ".."}),
        Tree((("x", "xxh3:../../../x"),)),
    ],
)
def test_no_manifest_leads_out_of_its_folder(
    cache: DiskCache, root: Path, tmp_path: Path, tree: Tree
) -> None:
    """Forged with every checksum right, and with its content in the store."""
    from jobmake.tools.digest import digest_bytes

    good = digest_bytes(b"content")
    tree = Tree(
        tuple((path, text.replace(CONTENT, good)) for path, text in tree.entries), tree.links
    )
    cache._make_ready()
    cache._objects.room = 2**20
    cache._objects.put_bytes(good, b"content")
    cache._objects.put_bytes(tree.digest, encode(tree), "-d")
    before = listing(tmp_path)

    with pytest.raises(Miss):
        cache.restore(Trace({"out/": tree.digest}), str(root), ["out/"])

    gone = {name for name, what in before.items() if name not in listing(tmp_path)}
    assert listing(tmp_path).items() <= before.items()
    assert all(name.endswith("-d") for name in gone)


# -- how it lies on the disk ----------------------------------------------------------


def test_its_files_are_its_owners_alone_and_not_to_be_changed(
    cache: DiskCache, root: Path, tmp_path: Path
) -> None:
    cache.keep(KEY, trace_of(root, *OUTPUTS), str(root))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in objects(tmp_path / "cache")}
    assert modes == {0o400, 0o500}
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert (tmp_path / "cache/CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d")
    assert (tmp_path / "cache/.gitignore").read_text() == "*\n"
    assert all(path.stat().st_nlink == 1 for path in [*objects(tmp_path / "cache"), root / "small"])


def test_a_folder_with_other_peoples_files_gets_no_labels(
    cache: DiskCache, root: Path, tmp_path: Path
) -> None:
    write(tmp_path / "cache/mine", "mine")
    assert cache.keep(KEY, trace_of(root, *OUTPUTS), str(root)) is None
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["mine", "v1"]
    cache.clear()
    assert (tmp_path / "cache/mine").read_text() == "mine"


def test_looking_writes_nothing(cache: DiskCache, root: Path, tmp_path: Path) -> None:
    assert cache.find(KEY) == []
    assert cache.used() == Used(0, 0, 0)
    assert cache.trim(dry_run=True).objects == 0
    assert list(cache.verify()) == []
    cache.close()
    assert not (tmp_path / "cache").exists()


def test_a_build_that_kept_nothing_looks_through_nothing(
    cache: DiskCache, root: Path, tmp_path: Path
) -> None:
    cache.keep(KEY, trace_of(root, *OUTPUTS), str(root))
    cache.close()
    later = DiskCache(str(tmp_path / "cache"), 1)  # far too much is there
    later.restore(later.find(KEY)[0], str(root), OUTPUTS)
    later.close()
    assert len(objects(tmp_path / "cache")) == 5


def test_the_estimate_alone_says_when_to_trim(cache: DiskCache, root: Path, tmp_path: Path) -> None:
    cache.keep(KEY, trace_of(root, *OUTPUTS), str(root))
    cache.close()
    told = tmp_path / "cache/v1/size"
    # a cache that was just made needs no look at all of it
    assert sum(map(int, told.read_text().split())) == pytest.approx(cache.used().bytes, rel=0.1)
    for damage in (lambda: told.write_text("x"), told.unlink):
        damage()
        write(root / "small", os.urandom(9))
        cache.keep(KEY, trace_of(root, "small"), str(root))
        cache.close()
        assert int(told.read_text()) == cache.used().bytes


def test_temporary_files_go_after_a_day(cache: DiskCache, root: Path, tmp_path: Path) -> None:
    cache.keep(KEY, trace_of(root, "small"), str(root))
    old, young = (write(tmp_path / "cache/v1/tmp" / name, "x") for name in ("old", "young"))
    os.utime(old, (1, 1))
    cache.trim()
    assert not old.exists()
    assert young.exists()


def test_a_cache_that_is_removed_in_a_build_is_made_again(
    cache: DiskCache, root: Path, tmp_path: Path
) -> None:
    import shutil

    cache.keep(KEY, trace_of(root, "small"), str(root))
    shutil.rmtree(tmp_path / "cache")
    assert cache.keep(KEY, trace_of(root, *OUTPUTS), str(root)) is None
    cache.restore(cache.find(KEY)[0], str(root), OUTPUTS)


def test_what_a_killed_restore_left_is_known(root: Path) -> None:
    write(root / ".jobmake-1-0.tmp", "half")
    write(root / ".jobmake-1-1.tmp/a", "half")
    write(root / ".jobmake-1-1.old", "half")
    mine = write(root / ".jobmake-notes", "mine")
    ours = write(root / f".jobmake-{os.getpid()}-0.tmp", "being written")
    before = listing(root)
    remove_leftovers([str(root), str(root / "nowhere")])
    assert set(before) - set(listing(root)) == {
        ".jobmake-1-0.tmp", ".jobmake-1-1.tmp", ".jobmake-1-1.tmp/a", ".jobmake-1-1.old"
    }  # fmt: skip
    assert mine.exists()
    assert ours.exists()
