"""Where the kernel's word is not enough: events lost, no watches left, folders that nobody may
read. It is said, and nothing is missed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobmake.watch.limits import shared
from tests.watch.support import Watching

QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


@pytest.mark.case("E02")
def test_more_events_than_the_queue_holds_ask_for_a_full_look(tmp_path: Path) -> None:
    seen = Watching(tmp_path / "project")
    names = [seen.write(f"data/{name}", name) for name in "ab"]
    seen.watch(folders=["data"])

    for number in range(int(QUEUE.read_text())):
        os.utime(names[number % 2])  # the same one twice in a row would be one event
    seen.write("late/a", "a")

    assert seen.observer.take().everything
    assert not seen.observer.take()
    seen.write("data/c", "new")
    assert seen.told() == {"data/c"}
    seen.observer.close()


@pytest.mark.case("E02")
def test_what_came_while_events_were_lost_is_watched(tmp_path: Path) -> None:
    seen = Watching(tmp_path / "project")
    names = [seen.write(f"data/{name}", name) for name in "ab"]
    seen.watch(folders=["data"])
    for number in range(int(QUEUE.read_text())):
        os.utime(names[number % 2])
    seen.write("data/new/deep/a", "unseen")
    assert seen.observer.take().everything

    seen.write("data/new/deep/a", "seen")

    assert seen.told() == {"data/new/deep/a"}
    seen.observer.close()


SHORT = """
import sys
from pathlib import Path
from tests.watch.support import Watching

root = Path(sys.argv[1])
seen = Watching(root)
seen.watch(globs=["d*/*.txt"])
print(*seen.notices, sep="\\n")
for number in range(9):
    seen.write(f"d{number}/a.txt", f"new {number}")
assert seen.told() == {f"d{number}/a.txt" for number in range(9)}
assert not seen.everything
seen.observer.close()
"""


def short_of(what: str, count: int, script: str, root: Path) -> str:
    """Run a script where the kernel gives only ``count`` of something; return what it says."""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c",
         f'echo {count} > /proc/sys/user/{what} && exec "$@"',
         "sh", sys.executable, "-c", script, str(root)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def nine(tmp_path: Path) -> Path:
    """A project with nine folders."""
    for number in range(9):
        (tmp_path / f"project/d{number}").mkdir(parents=True)
        (tmp_path / f"project/d{number}/a.txt").write_text("a")
    return tmp_path / "project"


@pytest.mark.case("E03")
def test_with_too_few_watches_files_are_looked_at(nine: Path) -> None:
    said = short_of("max_inotify_watches", 5, SHORT, nine)
    assert said == (
        "no more inotify watches are left (`user.max_inotify_watches` is 5):"
        " files are looked at every second or so instead"
    )


@pytest.mark.case("E03")
def test_without_an_instance_files_are_looked_at(nine: Path) -> None:
    said = short_of("max_inotify_instances", 0, SHORT, nine)
    assert said == (
        "no more inotify instances are left (`user.max_inotify_instances` is 0):"
        " files are looked at every second or so instead"
    )


def test_where_other_machines_write_files_are_looked_at(tmp_path: Path) -> None:
    device = os.stat(tmp_path).st_dev
    mounts = tmp_path / "mountinfo"
    line = (
        f"36 25 {os.major(device)}:{os.minor(device)} / /home rw,relatime shared:1 - %s host:/ rw\n"
    )

    mounts.write_text(line % "nfs4")
    assert shared(str(tmp_path), str(mounts)) == (
        "the project is on a file system of kind nfs4, which tells nothing of what other machines"
        " write: files are looked at every second or so instead"
    )

    mounts.write_text(line % "ext4")
    assert shared(str(tmp_path), str(mounts)) is None


LATER = """
import sys
from pathlib import Path
from tests.watch.support import Watching

root = Path(sys.argv[1])
seen = Watching(root)
seen.watch(globs=["d*/*.txt"])
assert not seen.notices
for number in range(9, 15):
    seen.write(f"d{number}/a.txt", "a")
seen.told()
print(seen.everything, len(seen.notices))
seen.write("d14/a.txt", "other")
assert seen.told() == {"d14/a.txt"}
seen.observer.close()
"""


@pytest.mark.case("E03")
def test_watches_that_run_out_later_ask_for_a_full_look(nine: Path) -> None:
    assert short_of("max_inotify_watches", 12, LATER, nine) == "True 1"


FORBIDDEN = """
import os, sys
from pathlib import Path
from tests.watch.support import Watching

seen = Watching(Path(sys.argv[1]))
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
seen.watch(files=["shut/a.txt", "open/b.txt"])
print(*seen.notices, sep="\\n")
seen.write("shut/a.txt", "new")
assert seen.told() == {"shut/a.txt"}
os.chmod(seen.path("shut"), 0o755)
assert seen.told() == {"shut", "shut/a.txt"}
os.replace(seen.write("shut/other", "other"), seen.path("shut/a.txt"))
assert seen.told() == {"shut/a.txt"}
seen.observer.close()
"""


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    # the folders of pytest's are the user's own, and root may read everything
    root = Path("/tmp") / f"jobmake-test-{os.getpid()}"
    try:
        for name in ("shut/a.txt", "open/b.txt"):
            (root / name).parent.mkdir(parents=True)
            (root / name).write_text("a")
        (root / "shut").chmod(0o311)
        if os.getuid() == 0:
            for path in (root, *root.iterdir(), root / "shut/a.txt"):
                os.chown(path, 65534, 65534)
        done = subprocess.run(
            [sys.executable, "-c", FORBIDDEN, root], capture_output=True, text=True, check=False
        )
    finally:
        (root / "shut").chmod(0o755)
        shutil.rmtree(root)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"changes in `{root}/shut` cannot be seen: Permission denied\n"


@pytest.mark.case("E05")
def test_a_project_that_is_removed_and_made_again(tmp_path: Path) -> None:
    seen = Watching(tmp_path / "project")
    seen.write("data/a", "a")
    seen.watch(folders=["data"])

    shutil.rmtree(seen.root)
    while not seen.wait().everything:
        pass
    seen.write("data/a", "again")
    while not seen.wait().everything:
        pass

    seen.write("data/a", "and again")
    assert "data/a" in seen.told()
    seen.observer.close()


@pytest.mark.case("E05")
def test_a_project_that_is_exchanged_for_another(tmp_path: Path) -> None:
    seen = Watching(tmp_path / "project")
    seen.write("data/a", "a")
    seen.watch(folders=["data"])

    shutil.copytree(seen.root, tmp_path / "copy")
    os.rename(seen.root, tmp_path / "old")
    os.rename(tmp_path / "copy", seen.root)
    while not seen.wait().everything:
        pass

    seen.write("data/a", "new")
    assert seen.told() == {"data/a"}
    seen.observer.close()
