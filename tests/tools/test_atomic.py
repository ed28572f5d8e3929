"""Files written whole: the old content or the new, its mode and its links kept, and
nothing left behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobmake.tools.atomic import write_parts, write_whole


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_made_or_replaced(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "file"

    for data in (b"new", b"", b"x" * 5_000_000):
        write_whole(str(path), data, durable=durable)
        assert path.read_bytes() == data
    assert names(tmp_path) == ["file"]


def test_a_name_without_a_folder_is_one_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    write_whole("file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_new_file_has_the_mode_asked_for_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file"

    write_whole(str(path), b"1", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o640)
    write_whole(str(path), b"2", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real/file")

    write_whole(str(tmp_path / "link"), b"new")

    assert os.readlink(tmp_path / "link") == "real/file"
    assert (tmp_path / "real/file").read_bytes() == b"new"
    assert names(tmp_path / "real") == ["file"]


@pytest.mark.case("G21")
def test_a_link_is_replaced_where_it_is_not_to_be_followed(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_text("precious")
    ours.symlink_to(theirs)

    write_whole(str(ours), b"new", mode=0o600, follow=False)

    assert theirs.read_text() == "precious"
    assert not ours.is_symlink()
    assert ours.read_text() == "new"
    assert ours.stat().st_mode & 0o777 == 0o600


def test_who_has_the_old_file_open_still_reads_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    with path.open("rb") as reader:
        write_whole(str(path), b"new content")
        assert reader.read() == b"old"


def test_a_temporary_file_left_by_a_kill_is_no_hindrance(tmp_path: Path) -> None:
    left = tmp_path / f".file.{os.getpid()}.tmp"
    left.write_bytes(b"half of somethi")

    write_whole(str(tmp_path / "file"), b"new")

    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


@pytest.mark.case("G21")
def test_a_link_in_place_of_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / f".file.{os.getpid()}.tmp").symlink_to("precious")

    write_whole(str(tmp_path / "file"), b"new")

    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "file").is_symlink()


def test_on_a_refusal_the_old_file_is_untouched_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"old")

    with pytest.raises(IsADirectoryError) as caught:
        write_whole(str(tmp_path / "folder"), b"new")
    assert caught.value.filename == str(tmp_path / "folder")
    with pytest.raises(FileNotFoundError):
        write_whole(str(tmp_path / "missing/file"), b"new")

    assert (tmp_path / "folder/file").read_bytes() == b"old"
    assert names(tmp_path) == ["folder"]


def test_a_file_can_be_written_from_parts(tmp_path: Path) -> None:
    parts = (b"one", memoryview(b"two"), b"", memoryview(bytearray(b"three")))

    write_parts(str(tmp_path / "file"), parts, durable=False)

    assert (tmp_path / "file").read_bytes() == b"onetwothree"
    assert names(tmp_path) == ["file"]


@pytest.fixture
def aside(tmp_path: Path) -> Path:
    """A folder for what is not whole yet."""
    (tmp_path / "aside").mkdir()
    return tmp_path / "aside"


def test_what_is_not_whole_yet_lies_aside(tmp_path: Path, aside: Path) -> None:
    path = tmp_path / "file"

    def parts() -> Iterator[bytes]:
        yield b"one"
        assert names(aside) == [f".file.{os.getpid()}.tmp"]
        assert names(tmp_path) == ["aside"]
        yield b"two"

    write_parts(str(path), parts(), mode=0o640, aside=str(aside))

    assert path.read_bytes() == b"onetwo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(aside) == []
    assert names(tmp_path) == ["aside", "file"]


def test_a_link_stays_one_where_half_of_its_file_lies_aside(tmp_path: Path, aside: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/file")

    for data in (b"new", b"newer"):
        write_whole(str(tmp_path / "link"), data, aside=str(aside))

    assert os.readlink(tmp_path / "link") == "real/file"
    assert (tmp_path / "real/file").read_bytes() == b"newer"
    assert names(tmp_path / "real") == ["file"]


@pytest.mark.parametrize("place", ["missing", "file"])
def test_what_cannot_lie_aside_lies_beside(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"old")

    write_whole(str(tmp_path / "file"), b"new", aside=str(tmp_path / place))

    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


def test_a_refusal_leaves_nothing_aside(tmp_path: Path, aside: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(IsADirectoryError) as caught:
        write_whole(str(tmp_path / "folder"), b"new", aside=str(aside))

    assert caught.value.filename == str(tmp_path / "folder")
    assert names(tmp_path) == ["aside", "folder"]
    assert names(aside) == []


WRITES_MORE_THAN_IT_MAY = """
import resource, signal, sys
from jobmake.tools.atomic import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole(sys.argv[1], b"x" * 5000)
except OSError as error:
    print(error.strerror, error.filename)
"""


def test_when_the_disk_takes_only_a_part_the_old_content_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    done = subprocess.run(
        [sys.executable, "-c", WRITES_MORE_THAN_IT_MAY, path],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert done.stdout == f"File too large {path}\n"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]
