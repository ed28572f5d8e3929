"""Random folders go into the cache and come out the same, by our eyes and by their digest."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as some

from jobmake.caches.disk import DiskCache
from jobmake.caches.objects import Unkept
from jobmake.caches.tree import Tree, decode, digest_of, encode, is_safe, look
from jobmake.model.cached import Miss
from jobmake.model.errors import TargetError
from tests.caches.rig import KEY, digest, listing, trace_of

NAMES = some.sampled_from(["a", "b", ".c", "d e", "ü", "x\n", "'\"", "-", "a.txt", "\udcff"])
LEAVES = some.one_of(
    some.binary(max_size=40),
    some.tuples(some.binary(max_size=5)),  # an executable
    some.sampled_from(["a", "../a", "a/b", ".", "..", "nowhere", "../../beside", "b"]),  # a link
)
FOLDERS = some.recursive(
    some.dictionaries(NAMES, LEAVES, max_size=4),
    lambda inner: some.dictionaries(NAMES, some.one_of(LEAVES, inner), max_size=4),
    max_leaves=20,
)


def make(folder: Path, tree: dict[str, object]) -> None:
    folder.mkdir()
    for name, what in tree.items():
        path = folder / os.fsdecode(os.fsencode(name))
        if isinstance(what, bytes):
            path.write_bytes(what)
        elif isinstance(what, tuple):
            path.write_bytes(what[0])
            path.chmod(0o755)
        elif isinstance(what, str):
            path.symlink_to(what)
        else:
            assert isinstance(what, dict)
            make(path, what)


def can_be_digested(root: Path) -> bool:
    """Links that lead in a circle make a folder one of which there can be no record."""
    try:
        digest(root, "out")
    except TargetError:
        return False
    return True


@settings(max_examples=150)
@given(FOLDERS)
def test_every_folder_that_is_kept_comes_back(tree: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "p"
        root.mkdir()
        (root / "beside").write_text("beside")
        make(root / "out", tree)
        before = listing(root)
        trace = trace_of(root, "out/") if can_be_digested(root) else reject()
        cache = DiskCache(f"{temporary}/cache", 2**30)

        refused = cache.keep(KEY, trace, str(root))
        if refused is not None:
            assert "is a link that leads out of its folder and back" in refused.reason
            return
        shutil.rmtree(root / "out")
        [found] = cache.find(KEY)
        cache.restore(found, str(root), ["out/"])

        assert listing(root) == before
        assert digest(root, "out") == trace.outputs["out/"]
        assert list(cache.verify()) == []
        assert cache.keep(KEY, trace, str(root)) is None


@given(FOLDERS)
def test_a_folder_is_digested_as_files_are(tree: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        make(Path(temporary) / "out", tree)
        if not can_be_digested(Path(temporary)):
            with pytest.raises(Unkept):
                digest_of(f"{temporary}/out")
            return
        assert digest_of(f"{temporary}/out") == digest(Path(temporary), "out")


@given(some.text(max_size=12), some.binary(max_size=30))
def test_whatever_is_read_no_manifest_is_taken_for_one(text: str, data: bytes) -> None:
    assert decode(data, text) is None
    tree = Tree(((text, "xxh3:" + "0" * 32),))
    found = decode(encode(tree), tree.digest)
    assert found is None or (found == tree and is_safe(text))


def test_a_link_whose_end_was_changed_makes_the_folder_a_miss(tmp_path: Path) -> None:
    root = tmp_path / "p"
    (root / "out").mkdir(parents=True)
    (root / "data").write_text("1")
    (root / "out/link").symlink_to("../data")
    cache = DiskCache(str(tmp_path / "cache"), 2**30)
    assert cache.keep(KEY, trace_of(root, "out/"), str(root)) is None
    (root / "data").write_text("2")
    with pytest.raises(Miss, match="its links do not lead any more to what they led to"):
        cache.restore(cache.find(KEY)[0], str(root), ["out/"])


def test_what_is_neither_file_nor_folder_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out/pipe")
    cache = DiskCache(str(tmp_path / "cache"), 2**30)
    with pytest.raises(Unkept, match="is no regular file"):
        look(f"{tmp_path}/out", lambda path: cache._objects.put_file(f"{tmp_path}/out/{path}"))
