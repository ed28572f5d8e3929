"""The disk as jobmake sees it: digests of files and folders, read again when in doubt."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobmake.memory.files import Files
from jobmake.memory.index import Entry
from jobmake.memory.stamps import MARGIN, Clock
from jobmake.model.errors import TargetError
from jobmake.model.target import FilePattern, Scope, Target
from jobmake.tools.digest import digest_bytes, digest_open_file

if TYPE_CHECKING:
    from jobmake.model.target import FileKind


def files(root: Path, entries: dict[str, Entry] | None = None, margin: float = MARGIN) -> Files:
    """A view of the disk; ``entries`` is what an earlier one knew."""
    clock = Clock(str(root / ".clock"), lambda: 50.0)
    return Files(str(root), {} if entries is None else entries, clock, margin=margin)


def pattern(path: str, kind: FileKind = "file") -> FilePattern:
    return FilePattern("0", kind, path)


# -- one file -------------------------------------------------------------------------------


def test_a_digest_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")

    view = files(tmp_path)

    assert view.digest("file") == view.digest("link") == digest_bytes(b"abc")


def test_the_executable_bit_is_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "file").chmod(0o755)

    assert files(tmp_path).digest("file") == digest_bytes(b"abc") + "+x"

    (tmp_path / "file").chmod(0o611)  # of others it is not
    assert files(tmp_path).digest("file") == digest_bytes(b"abc")


@pytest.mark.parametrize("times", [1, 1000], ids=["once", "always"])
def test_what_changes_while_it_is_read_is_read_again(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, writes = tmp_path / "file", []
    path.write_bytes(b"old")

    def digest(descriptor: int, size: int) -> str:
        found = digest_open_file(descriptor, size)
        if len(writes) < times:
            writes.append(1)
            path.write_bytes(b"new" * len(writes))
        return found

    monkeypatch.setattr("jobmake.memory.files.digest_open_file", digest)

    if times == 1:
        assert files(tmp_path).digest("file") == digest_bytes(b"new")
    else:
        with pytest.raises(TargetError, match="`file` keeps changing while it is read"):
            files(tmp_path).digest("file")


def test_what_is_not_there_has_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "dangling").symlink_to("nowhere")

    assert [files(tmp_path).digest(name) for name in ("x", "file/x", "dangling")] == [None] * 3
    assert [files(tmp_path).exists(name) for name in ("x", "dangling", "file")] == [
        False,
        False,
        True,
    ]


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(TargetError, match=r"^`fifo` is neither a file nor a folder$"):
        files(tmp_path).digest("fifo")
    with pytest.raises(TargetError, match=r"^cannot look at `loop`: Too many levels of symbolic"):
        files(tmp_path).digest("loop")


# -- when a file is read again --------------------------------------------------------------


def known(root: Path, *, trusted: bool) -> dict[str, Entry]:
    """An index that holds a wrong digest of `file`: who returns it has not read the file."""
    view = files(root, margin=0)
    view.digest("file")
    signature = view.entries["file"][0]
    return {"file": (signature, "xxh3:as the index has it", trusted)}


def test_a_file_is_not_read_again_as_long_as_its_stat_vouches_for_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    view = files(tmp_path, known(tmp_path, trusted=True))

    assert view.digest("file") == "xxh3:as the index has it"
    assert not view.changed


def test_a_racy_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    view = files(tmp_path, known(tmp_path, trusted=False))

    assert view.digest("file") == digest_bytes(b"abc")
    assert view.changed


def test_with_an_infinite_margin_every_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    view = files(tmp_path, known(tmp_path, trusted=True), margin=float("inf"))

    assert view.digest("file") == digest_bytes(b"abc")


def test_a_file_just_written_is_racy_unless_there_is_no_margin(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")

    for margin, trusted in ((MARGIN, False), (0, True), (float("inf"), False)):
        view = files(tmp_path, margin=margin)
        view.digest("file")
        assert view.entries["file"][2] is trusted


@pytest.mark.case("A05")
def test_an_edit_is_noticed_though_it_keeps_size_and_mtime(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    os.utime(path, ns=(0, 0))
    view = files(tmp_path)  # the file is young, so its stat vouches for nothing
    view.digest("file")

    path.write_bytes(b"xyz")
    os.utime(path, ns=(0, 0))

    assert view.digest("file") == digest_bytes(b"xyz")


def test_an_old_mtime_alone_makes_no_file_trusted(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    os.utime(tmp_path / "file", ns=(0, 0))
    view = files(tmp_path)
    view.digest("file")

    assert view.entries["file"][2] is False


# -- folders --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    (data / "sub/empty").mkdir(parents=True)
    (data / "a").write_bytes(b"1")
    (data / "sub/b").write_bytes(b"2")
    (data / "link").symlink_to("a")
    (data / "nowhere").symlink_to("gone")
    (data / "sub/loop").symlink_to("..")
    return data


def edit(path: str, data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_bytes(data)


def relink(path: str, to: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        (folder / path).unlink()
        (folder / path).symlink_to(to)

    return change


@pytest.mark.case("A22")
@pytest.mark.parametrize(
    "change",
    [
        edit("a", b"3"),
        edit("sub/b", b""),
        edit("new", b""),
        edit(".hidden", b""),
        edit("sub/empty/new", b""),
        lambda folder: (folder / "a").chmod(0o755),
        lambda folder: (folder / "a").rename(folder / "renamed"),
        lambda folder: (folder / "sub/b").rename(folder / "b"),
        lambda folder: (folder / "sub/b").unlink(),
        lambda folder: (folder / "another empty one").mkdir(),
        lambda folder: (folder / "sub/empty").rmdir(),
        lambda folder: (folder / "sub/empty").rename(folder / "empty"),
        relink("nowhere", "gone too"),
        relink("sub/loop", "../.."),
        relink("link", "sub/b"),
    ],
)
def test_any_change_in_a_folder_changes_its_digest(
    folder: Path, change: Callable[[Path], object]
) -> None:
    before = files(folder.parent).digest("data")

    change(folder)

    assert files(folder.parent).digest("data") != before


def test_the_same_content_elsewhere_has_the_same_digest(folder: Path) -> None:
    view = files(folder.parent)
    shutil.copytree(folder, folder.parent / "copy", symlinks=True)
    for path in (folder.parent / "copy").rglob("*"):
        os.utime(path, ns=(0, 0), follow_symlinks=False)

    assert view.digest("copy") == view.digest("data")


def test_names_cannot_be_taken_for_content(tmp_path: Path) -> None:
    digests = set()
    trees: list[dict[str, bytes]] = [{"ab": b""}, {"a": b"b"}, {"a": b"", "b": b""}, {"a/b": b""}]
    for number, tree in enumerate(trees):
        for name, data in tree.items():
            path = tmp_path / f"{number}/{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        digests.add(files(tmp_path).digest(str(number)))

    assert len(digests) == len(trees)


def test_the_empty_folder_has_a_digest(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    assert files(tmp_path).digest("data") == digest_bytes(b"")


def test_a_fifo_in_a_folder_is_an_error(folder: Path) -> None:
    os.mkfifo(folder / "sub/fifo")

    with pytest.raises(TargetError, match=r"^`data/sub/fifo` is neither a file nor a folder$"):
        files(folder.parent).digest("data")


# -- patterns -------------------------------------------------------------------------------


def test_a_glob_names_what_is_there_and_anything_else_itself(folder: Path) -> None:
    view = files(folder.parent)

    assert view.matching(pattern("data/*", "glob")) == ("data/a", "data/link")
    assert view.matching(pattern("data/*.csv", "glob")) == ()
    assert view.matching(pattern("missing")) == ("missing",)
    assert view.matching(pattern("data", "folder")) == ("data",)


def test_a_glob_passes_over_what_is_not_to_be_matched(folder: Path) -> None:
    clock = Clock(None, lambda: 0.0)
    view = Files(str(folder.parent), {}, clock, hidden=lambda path: path == "data/a")

    assert view.matching(pattern("data/*", "glob")) == ("data/link",)


def test_a_matched_name_must_be_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).write_bytes(b"")

    with pytest.raises(TargetError, match=r"^the name of `'caf\\udce9'` is not UTF-8$"):
        files(tmp_path).matching(pattern("*", "glob"))


def test_a_file_is_no_folder_and_a_folder_no_file(folder: Path) -> None:
    view = files(folder.parent)

    assert view.wrong_kind(pattern("data")) == "`data` is a folder: write it as `data/`"
    assert view.wrong_kind(pattern("data/a", "folder")) == (
        "`data/a/` is a file: write it without the slash"
    )
    for right in (
        pattern("data/a"),
        pattern("data", "folder"),
        pattern("x"),
        pattern("x", "folder"),
    ):
        assert view.wrong_kind(right) is None


def test_the_outputs_of_a_target_are_those_that_exist(folder: Path) -> None:
    outputs = (
        pattern("data/a"), pattern("data/missing"), pattern("data/sub", "folder"),
        pattern("data/l*", "glob"),
    )  # fmt: skip
    target = Target("t", "t", "shell", {}, Scope({}, {}), outputs=outputs)
    view = files(folder.parent)

    assert view.output_digests(target) == {
        "data/a": digest_bytes(b"1"),
        "data/sub/": view.digest("data/sub"),
        "data/link": digest_bytes(b"1"),
    }
