"""What happens on a disk is told: by the kernel's word, and by looking again and again."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.watch.support import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Begin = Callable[..., Watching]

QUICK = 0.001  # seconds between two looks


@pytest.fixture(params=[None, QUICK], ids=["notify", "polling"])
def watching(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watching]:
    """A folder and its observer, of each of the two kinds."""
    seen = Watching(tmp_path / "project", request.param)
    yield seen
    seen.observer.close()


@pytest.fixture
def notified(tmp_path: Path) -> Iterator[Watching]:
    """A folder and an observer that has the kernel's word."""
    seen = Watching(tmp_path / "project")
    yield seen
    seen.observer.close()


# -- one file -------------------------------------------------------------------------


def _map_and_write(path: Path) -> None:
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[0:1] = b"X"
        memory.flush()


def _save_as_editors_do(path: Path) -> None:
    path.with_suffix(".tmp").write_text("saved anew")
    os.replace(path.with_suffix(".tmp"), path)


def _save_with_a_backup(path: Path) -> None:
    os.rename(path, f"{path}~")
    path.write_text("saved anew")
    os.unlink(f"{path}~")


def _in_two_steps(path: Path) -> None:
    os.truncate(path, 0)
    with open(path, "a") as file:
        file.write("more")


EDITS: list[Callable[[Path], object]] = [
    lambda path: path.write_text("other text"),
    _in_two_steps,
    _save_as_editors_do,
    _save_with_a_backup,
    _map_and_write,
    lambda path: os.truncate(path, 1),
    lambda path: os.chmod(path, 0o755),
    os.unlink,
    lambda path: os.utime(path, (1, 1)),
    lambda path: subprocess.run(["sed", "-i", "s/a/b/", str(path)], check=True),
]


@pytest.mark.case("E04")
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("by", ["file", "glob", "folder"])
def test_every_way_to_edit_a_file_is_told(
    watching: Watching, edit: Callable[[Path], object], by: str
) -> None:
    path = watching.write("data/a.txt", "a text")
    watching.write("data/other", "b")
    wanted = {"file": "data/a.txt", "glob": "data/*.txt", "folder": "data"}
    watching.watch(**{by + "s": [wanted[by]]})

    edit(path)

    assert "data/a.txt" in watching.told()


def test_a_file_is_told_that_was_not_there(watching: Watching) -> None:
    watching.watch(files=["deep/er/new.txt"])

    watching.write("deep/er/new.txt", "x")

    assert "deep/er/new.txt" in watching.told()


def test_only_what_is_wanted_is_told(watching: Watching) -> None:
    watching.write("data/a.txt", "a")
    watching.watch(files=["data/a.txt"], globs=["src/**/*.c", "*.toml"])

    watching.write("data/b.txt", "b")
    watching.write("other/a.txt", "b")
    watching.write("a.txt", "b")
    watching.write("src/x.h", "b")
    watching.write("deep/x.toml", "b")
    watching.write("src/.hidden/x.c", "b")

    assert watching.told() <= {"src"}


def test_reading_and_running_wakes_nobody(notified: Watching) -> None:
    program = notified.write("data/program", "#!/bin/sh\ntrue\n")
    program.chmod(0o755)
    notified.watch(files=["data/program"], folders=["data"], globs=["data/*"])

    notified.read("data/program")
    notified.tree()
    subprocess.run([program], check=True)
    (notified.root / "data/program").stat()

    assert not notified.is_ready()


def test_a_hard_link_is_told_whichever_name_is_written(watching: Watching) -> None:
    watching.write("elsewhere/a.txt", "a")
    watching.path("data").mkdir()
    os.link(watching.path("elsewhere/a.txt"), watching.path("data/a.txt"))
    watching.watch(files=["data/a.txt"])

    watching.write("elsewhere/a.txt", "new")
    assert watching.told() == {"data/a.txt"}

    _save_as_editors_do(watching.path("data/a.txt"))
    assert watching.told() == {"data/a.txt"}

    watching.write("elsewhere/a.txt", "another file now")
    assert watching.told() == set()


# -- folders --------------------------------------------------------------------------


@pytest.fixture
def tree(watching: Watching) -> Watching:
    """A project with a file, a folder and a glob to be watched."""
    watching.write("data/raw/a.csv", "a")
    watching.write("data/raw/deep/b.csv", "b")
    watching.write("data/raw/deep/c.txt", "c")
    watching.write("data/in.csv", "in")
    watching.watch(files=["data/in.csv"], folders=["data/raw"], globs=["data/**/*.txt"])
    return watching


ALL_DATA = {"data/raw/a.csv", "data/raw/deep/b.csv", "data/raw/deep/c.txt", "data/in.csv"}


@pytest.mark.case("E05")
def test_a_folder_removed_and_made_again_is_watched_still(tree: Watching) -> None:
    shutil.rmtree(tree.path("data"))
    assert tree.told() >= ALL_DATA

    tree.write("data/in.csv", "again")
    assert "data/in.csv" in tree.told()

    tree.write("data/raw/a.csv", "again")
    tree.write("data/raw/deep/c.txt", "again")
    assert tree.told() >= {"data/raw/a.csv", "data/raw/deep/c.txt"}

    tree.write("data/raw/deep/c.txt", "and again")
    assert tree.told() == {"data/raw/deep/c.txt"}


@pytest.mark.case("E05")
def test_a_folder_removed_and_made_again_at_once(tree: Watching) -> None:
    for text in ("one", "two", "three"):
        shutil.rmtree(tree.path("data"))
        tree.write("data/in.csv", text)
        tree.write("data/raw/deep/c.txt", text)

    assert tree.told() >= {"data/raw/a.csv", "data/raw/deep/c.txt", "data/in.csv"}

    tree.write("data/raw/deep/c.txt", "later")
    assert tree.told() == {"data/raw/deep/c.txt"}


@pytest.mark.case("E05")
def test_a_folder_moved_out_and_another_to_its_name(tree: Watching) -> None:
    tree.write("other/raw/deep/x.txt", "x")
    os.rename(tree.path("data"), tree.path("gone"))
    os.rename(tree.path("other"), tree.path("data"))
    assert tree.told() >= {*ALL_DATA, "data/raw/deep/x.txt"}

    tree.write("gone/in.csv", "nobody wants it")
    tree.write("gone/raw/deep/c.txt", "nor this")
    assert tree.told() == set()

    tree.write("data/raw/deep/x.txt", "new")
    assert tree.told() == {"data/raw/deep/x.txt"}


@pytest.mark.case("E05")
def test_two_folders_change_places(tree: Watching) -> None:
    tree.write("other/in.csv", "other")
    os.rename(tree.path("data"), tree.path("aside"))
    os.rename(tree.path("other"), tree.path("data"))
    os.rename(tree.path("aside"), tree.path("other"))
    assert tree.told() >= ALL_DATA

    os.rename(tree.path("data"), tree.path("aside"))
    os.rename(tree.path("other"), tree.path("data"))
    assert tree.told() >= ALL_DATA

    tree.write("data/raw/deep/b.csv", "new")
    assert tree.told() == {"data/raw/deep/b.csv"}


def test_a_folder_moved_within_what_is_watched(tree: Watching) -> None:
    os.rename(tree.path("data/raw/deep"), tree.path("data/raw/moved"))
    assert tree.told() >= {"data/raw/deep/c.txt", "data/raw/moved/c.txt", "data/raw/moved/b.csv"}

    tree.write("data/raw/moved/c.txt", "new")
    assert tree.told() == {"data/raw/moved/c.txt"}


def test_hidden_and_empty_folders_count_in_a_folder(watching: Watching) -> None:
    watching.write("data/.git/HEAD", "x")
    watching.watch(folders=["data"])

    watching.write("data/.git/HEAD", "other")
    watching.path("data/empty").mkdir()
    assert watching.told() == {"data/.git/HEAD", "data/empty"}

    watching.path("data/empty").rmdir()
    assert watching.told() == {"data/empty"}


def test_a_glob_has_the_folders_watched_that_it_can_match_in(notified: Watching) -> None:
    for name in ("src/a/x.c", "src/a/deep/x.c", "other/a/x.c", ".jobmake/x.c", ".git/x.c"):
        notified.write(name, "x")

    notified.watch(globs=["src/*/*.c"])
    assert watches() == 4  # what is above the project, the project, src, src/a

    notified.watch(globs=["**/*.c"])
    assert watches() == 7  # not what is hidden

    notified.watch(globs=["*.c"])
    assert watches() == 2


def test_new_and_deleted_files_under_a_glob(watching: Watching) -> None:
    watching.write("src/a.c", "a")
    watching.watch(globs=["src/**/*.c", "src/*/include/*.h", ".config/*"])

    watching.write("src/b.c", "b")
    watching.write("src/deep/er/c.c", "c")
    watching.path("src/a.c").unlink()
    watching.write("src/lib/include/x.h", "h")
    watching.write("src/lib/other/x.h", "h")
    watching.write(".config/x", "x")

    told = watching.told()
    assert told >= {"src/a.c", "src/b.c", "src/deep/er/c.c", "src/lib/include/x.h", ".config/x"}
    assert "src/lib/other/x.h" not in told


MAKE_1000 = """
import os, sys
for number in range(1000):
    folder = os.path.join(sys.argv[1], *f"{number:04}")
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "x.txt"), "w").close()
"""


@pytest.mark.case("E05")
@pytest.mark.parametrize("how", [{"globs": ["new/**/*.txt"]}, {"folders": ["new"]}])
def test_nothing_is_missed_of_a_tree_that_is_being_made(
    watching: Watching, how: dict[str, list[str]]
) -> None:
    watching.watch(**how)

    maker = subprocess.Popen([sys.executable, "-c", MAKE_1000, watching.path("new")])
    found: set[str] = set()
    while maker.poll() is None:
        found |= watching.told()
    found |= watching.told()

    assert found >= {f"new/{'/'.join(f'{number:04}')}/x.txt" for number in range(1000)}


@pytest.mark.case("E10")
def test_a_checkout_of_thousands_of_files(watching: Watching) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", watching.root, *identity, *words], check=True)

    git("init", "-q", "-b", "one")
    names = {f"src/{number % 50}/{number}.txt" for number in range(2000)}
    for name in names:
        watching.write(name, "one")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    git("checkout", "-q", "-b", "two")
    for name in names:
        watching.write(name, "two")
    git("commit", "-q", "-a", "-m", "two")
    watching.watch(files=list(names)[:1000], globs=["src/**/*.txt"])

    git("checkout", "-q", "one")

    told = watching.told()
    assert watching.everything or told >= names


# -- links ----------------------------------------------------------------------------


def test_a_link_and_what_it_leads_to_are_seen(watching: Watching, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("a")
    (outside / "b.txt").write_text("b")
    link = watching.path("in.txt")
    link.symlink_to(outside / "a.txt")
    watching.watch(files=["in.txt"])

    (outside / "a.txt").write_text("new")
    assert watching.told() == {"in.txt"}

    link.unlink()
    link.symlink_to(outside / "b.txt")
    assert watching.told() == {"in.txt"}

    (outside / "a.txt").write_text("not it any more")
    assert watching.told() == set()

    _save_as_editors_do(outside / "b.txt")
    assert watching.told() == {"in.txt"}


def test_every_link_of_a_chain_is_seen(watching: Watching) -> None:
    watching.write("store/v1/data", "1")
    watching.write("store/v2/data", "2")
    watching.path("store/current").symlink_to("v1")
    watching.path("link").symlink_to("second")
    watching.path("second").symlink_to("store/../store/current/data")
    watching.watch(files=["link"])

    watching.write("store/v1/data", "new")
    assert watching.told() == {"link"}

    watching.path("store/next").symlink_to("v2")
    os.replace(watching.path("store/next"), watching.path("store/current"))
    assert watching.told() == {"link"}

    watching.write("store/v2/data", "new")
    assert watching.told() == {"link"}

    watching.path("second").unlink()
    assert watching.told() == {"link"}


@pytest.mark.case("E05")
def test_links_to_folders_are_followed(watching: Watching, tmp_path: Path) -> None:
    for name in ("one/deep", "two/deep"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.csv").write_text("a")
    watching.path("data").symlink_to(tmp_path / "one")
    watching.watch(files=["data/deep/in"], folders=["data"], globs=["data/*/*.csv"])

    (tmp_path / "one/deep/a.csv").write_text("new")
    assert watching.told() == {"data/deep/a.csv"}
    (tmp_path / "one/deep/in").write_text("in")
    assert watching.told() == {"data/deep/in"}

    watching.path("data").unlink()
    watching.path("data").symlink_to(tmp_path / "two")
    assert watching.told() >= {"data/deep/a.csv", "data/deep/in"}

    (tmp_path / "one/deep/a.csv").write_text("nobody looks")
    assert watching.told() == set()
    (tmp_path / "two/deep/a.csv").write_text("new")
    assert watching.told() == {"data/deep/a.csv"}


def test_links_in_folders_and_under_globs(watching: Watching, tmp_path: Path) -> None:
    (tmp_path / "target.txt").write_text("a")
    watching.write("data/in.txt", "in")
    watching.watch(folders=["data"], globs=["src/**/*.txt"])
    watching.path("data/link").symlink_to(tmp_path / "target.txt")
    watching.path("src").mkdir()
    watching.path("src/link.txt").symlink_to(tmp_path / "target.txt")
    assert watching.told() >= {"data/link", "src/link.txt"}

    (tmp_path / "target.txt").write_text("new")
    assert watching.told() == {"data/link", "src/link.txt"}


def test_a_link_to_nothing_is_seen_to_lead_somewhere(watching: Watching, tmp_path: Path) -> None:
    watching.path("in.txt").symlink_to(tmp_path / "later" / "a.txt")
    watching.watch(files=["in.txt"])

    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.txt").write_text("here")

    assert watching.told() == {"in.txt"}


def test_links_that_lead_back_end_somewhere(watching: Watching) -> None:
    watching.write("data/a.txt", "a")
    watching.path("data/up").symlink_to("..")
    watching.path("data/self").symlink_to("self")
    watching.path("one").symlink_to("two")
    watching.path("two").symlink_to("one")
    watching.watch(files=["one"], folders=["data"], globs=["**/*.txt", "*/*/*/*.txt"])

    watching.write("data/a.txt", "new")
    watching.path("two").unlink()

    assert watching.told() >= {"data/a.txt", "data/up/data/a.txt", "one"}


def test_files_outside_have_the_names_they_were_asked_for(
    watching: Watching, tmp_path: Path
) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "a.h").write_text("a")
    absolute = str(tmp_path / "beside" / "a.h")
    watching.watch(files=["../beside/a.h", absolute], globs=["../beside/*.h"])

    (tmp_path / "beside" / "a.h").write_text("new")

    assert watching.told() == {"../beside/a.h", absolute}


# -- what is wanted changes -----------------------------------------------------------


def test_what_is_not_wanted_any_more_is_not_told(watching: Watching) -> None:
    for name in ("a/1.txt", "b/1.txt", "c/1.txt"):
        watching.write(name, "x")
    watching.watch(files=["a/1.txt"], folders=["b"])
    watching.watch(files=["c/1.txt"])
    watching.told()

    for name in ("a/1.txt", "b/1.txt", "c/1.txt"):
        watching.write(name, "new")

    assert watching.told() == {"c/1.txt"}


def test_what_happened_before_the_change_is_told_after_it(watching: Watching) -> None:
    watching.write("a/1.txt", "x")
    watching.write("b/1.txt", "x")
    watching.watch(files=["a/1.txt"], globs=["b/*"])

    watching.write("a/1.txt", "new")
    watching.write("b/1.txt", "new")
    watching.watch(files=["a/1.txt"], globs=["b/*", "b/**/*.txt", "*/1.txt", "c/*"])

    assert watching.told() >= {"a/1.txt", "b/1.txt"}


def test_no_watch_is_left_for_what_is_not_wanted(notified: Watching) -> None:
    for number in range(20):
        notified.write(f"d{number}/x", "x")
    notified.watch()
    before = watches()
    names = [f"d{number}/x" for number in range(20)]

    notified.watch(files=names)
    assert watches() == before + 20

    notified.watch(files=names[:3], folders=["d3"])
    assert watches() == before + 4

    notified.watch()
    assert watches() == before


def watches() -> int:
    """How many watches this process has."""
    found = 0
    for descriptor in Path("/proc/self/fdinfo").iterdir():
        try:
            found += descriptor.read_text().count("inotify wd:")
        except FileNotFoundError:
            pass  # the one by which they are listed
    return found


def test_closing_is_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    for poll in (None, QUICK):
        seen = Watching(tmp_path / "project", poll)
        seen.watch(folders=["."])
        seen.observer.close()
        seen.observer.close()

    assert os.listdir("/proc/self/fd") == before
