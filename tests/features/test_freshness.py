"""What makes a target stale, and what does not.

A pipeline of two: `in.txt` is copied to `mid.txt`, which is counted into `out.txt`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from jobmake.memory.index import read_index, write_index
from jobmake.tools.digest import digest_bytes
from tests.support import Space, without_times

pytestmark = pytest.mark.usefixtures("no_cache")

PIPELINE = """
[params]
word = "end"

[target.copy]
run = "cat {inputs} > {outputs} && echo {params.word} >> {outputs}"
inputs = ["in.txt"]
outputs = ["build/mid.txt"]

[target.count]
run = "wc -l < {inputs} > {outputs}"
inputs = ["@copy"]
outputs = ["build/out.txt"]
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    space = Space(tmp_path_factory.mktemp("original"))
    space.jobfile(PIPELINE)
    space.write("in.txt", "one\ntwo\n")
    space.build()
    return space.root


@pytest.fixture
def built(space: Space, original: Path) -> Space:
    """A copy of the pipeline, built."""
    shutil.copytree(original, space.root, dirs_exist_ok=True)
    return space


def stamps(folder: Path, without: str = "") -> dict[str, object]:
    """Content, mode and time stamp of a folder and everything below it."""
    found: dict[str, object] = {}
    for path in [folder, *folder.rglob("*")]:
        if without not in path.parts:
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else None
            found[str(path)] = (content, status.st_mode, status.st_mtime_ns)
    return found


# -- a first build, and a build with nothing to do -------------------------------------------


def test_the_first_build_makes_everything_in_order(space: Space) -> None:
    space.jobfile(PIPELINE)
    space.write("in.txt", "one\ntwo\n")

    result = space.build()

    assert result.built == ["copy", "count"]
    assert result.reason("copy") == "it was never built"
    assert result.last_line == "built 2"
    assert space.read("build/mid.txt") == "one\ntwo\nend\n"
    assert space.read("build/out.txt") == "3\n"


@pytest.mark.case("A03")
def test_a_second_build_runs_nothing_and_changes_no_file(built: Space) -> None:
    before = stamps(built.root, without=".jobmake")

    result = built.build()

    assert (result.built, result.fresh) == ([], ["copy", "count"])
    assert result.last_line == "up to date: 2 targets checked"
    assert stamps(built.root, without=".jobmake") == before


def test_a_forced_build_runs_all_that_is_wanted_and_leaves_the_same_lockfile(built: Space) -> None:
    lockfile = built.read("Jobfile.lock")

    result = built.build("-B")

    assert result.built == ["copy", "count"]
    assert result.reason("count") == "it was forced to run"
    assert built.read("Jobfile.lock") == lockfile


# -- inputs: the content counts, not the time stamp ------------------------------------------


@pytest.mark.case("A04")
def test_stamp_and_permissions_do_not_count_but_the_executable_bit_does(built: Space) -> None:
    built.path("in.txt").touch()
    built.path("in.txt").chmod(0o600)
    assert built.build().built == []

    built.path("in.txt").chmod(0o700)
    result = built.build()

    assert (result.built, result.fresh) == (["copy"], ["count"])
    assert result.reason("copy") == "input `in.txt` changed"


@pytest.mark.case("A05")
def test_an_edit_that_keeps_size_and_time_stamp_is_seen(built: Space) -> None:
    before = built.path("in.txt").stat()

    built.write("in.txt", "one\nTWO\n")
    os.utime(built.path("in.txt"), ns=(before.st_atime_ns, before.st_mtime_ns))

    assert built.build().built == ["copy", "count"]
    assert built.read("build/mid.txt") == "one\nTWO\nend\n"


@pytest.mark.case("A06")
def test_an_older_file_in_an_inputs_place_is_seen(built: Space) -> None:
    os.utime(built.write("from 2001.txt", "old\n"), (10**9, 10**9))
    built.path("from 2001.txt").replace(built.path("in.txt"))

    assert built.build().built == ["copy", "count"]
    assert built.read("build/out.txt") == "2\n"


def test_paranoid_reads_every_file_whatever_is_known_of_it(built: Space) -> None:
    assert built.build().built == []
    index = str(built.path(".jobmake/index"))
    entries = read_index(index)
    signature, _, _ = entries["in.txt"]
    # as if the disk had changed the bytes and no stamp: what is known is not what is there
    write_index(index, {**entries, "in.txt": (signature, digest_bytes(b"of before"), True)})

    assert built.run("status").out.startswith("stale copy: input `in.txt` changed\n")
    assert built.build("--paranoid").built == []


# -- outputs ---------------------------------------------------------------------------------


@pytest.mark.case("A19")
def test_a_deleted_output_is_made_again(built: Space) -> None:
    built.path("build/mid.txt").unlink()

    result = built.build()

    assert result.reason("copy") == "output `build/mid.txt` is missing"
    assert (result.built, result.fresh) == (["copy"], ["count"])


@pytest.mark.case("A20")
def test_an_output_edited_by_hand_is_never_used_but_kept_aside(built: Space) -> None:
    built.write("build/mid.txt", "an hour of work\n")

    result = built.build()

    assert (result.built, result.fresh) == (["copy"], ["count"])
    assert result.reason("copy") == "output `build/mid.txt` was edited"
    assert built.read("build/mid.txt") == "one\ntwo\nend\n"
    assert (
        "note: `build/mid.txt` of `copy` was not made by jobmake, edited since, or left half-way:"
        " kept in `.jobmake/runs/3/replaced`\n"
    ) in result.err
    assert built.read(".jobmake/runs/3/replaced/build/mid.txt") == "an hour of work\n"


@pytest.mark.case("A21")
def test_a_folder_in_an_outputs_place_is_replaced(built: Space) -> None:
    built.path("build/mid.txt").unlink()
    built.write("build/mid.txt/inner.txt", "mine")

    assert built.build().built == ["copy"]
    assert built.read("build/mid.txt") == "one\ntwo\nend\n"
    assert built.read(".jobmake/runs/3/replaced/build/mid.txt/inner.txt") == "mine"


@pytest.mark.case("A21")
@pytest.mark.parametrize("leads_to", ["precious.txt", "nowhere.txt"])
def test_an_output_is_never_written_through_a_link(built: Space, leads_to: str) -> None:
    built.write("precious.txt", "precious\n")
    built.path("build/mid.txt").unlink()
    built.path("build/mid.txt").symlink_to(f"../{leads_to}")

    assert built.build().built == ["copy"]
    assert not built.path("build/mid.txt").is_symlink()
    assert built.read("precious.txt") == "precious\n"
    assert not built.exists("nowhere.txt")


@pytest.mark.case("A21")
def test_an_output_folder_that_leads_out_of_the_project_is_refused(built: Space) -> None:
    elsewhere = built.root.parent / "elsewhere"
    shutil.move(built.path("build"), elsewhere)
    built.path("build").symlink_to(elsewhere)
    (elsewhere / "mid.txt").write_text("precious\n")

    result = built.build(code=1)

    assert "`copy` failed: `build` leads out of the project's folder by a link\n" in result.err
    assert (elsewhere / "mid.txt").read_text() == "precious\n"


# -- what a target says of itself ------------------------------------------------------------


@pytest.mark.case("A15")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('version = "1"', 'version was added: "1"'),
        ('cwd = "build"', "command changed"),
        ('env = { LANG = "C" }', 'variable `LANG` is new: "C"'),
        ("always = true", "it always runs"),
    ],
)
def test_a_line_that_counts_runs_its_target_alone(built: Space, line: str, reason: str) -> None:
    built.replace("Jobfile.toml", "[target.count]", f"[target.count]\n{line}")

    result = built.build()

    assert (result.built, result.fresh) == (["count"], ["copy"])
    assert result.reason("count") == reason
    assert built.read("build/out.txt") == "3\n"
    assert built.build().built == (["count"] if line.startswith("always") else [])


# -- another folder, and a loss of state -----------------------------------------------------


def test_a_copy_of_the_project_runs_nothing_whatever_its_time_stamps(built: Space) -> None:
    clone = Space(built.root.parent / "a clone")
    for name in ("Jobfile.toml", "Jobfile.lock", "in.txt", "build/mid.txt", "build/out.txt"):
        clone.write(name, built.read(name))

    assert clone.build().fresh == ["copy", "count"]
    assert clone.build("-B").built == ["copy", "count"]
    assert clone.read("Jobfile.lock") == built.read("Jobfile.lock")


def test_without_local_state_nothing_runs_and_without_the_lockfile_all(built: Space) -> None:
    lockfile = built.read("Jobfile.lock")
    shutil.rmtree(built.path(".jobmake"))
    assert built.build().built == []

    built.path("Jobfile.lock").unlink()
    result = built.build()

    assert result.built == ["copy", "count"]
    assert result.reason("count") == "it was never built"
    assert built.read("Jobfile.lock") == lockfile


# -- looking without touching ----------------------------------------------------------------


def test_a_dry_run_tells_what_would_run_and_what_may(built: Space) -> None:
    built.replace("Jobfile.toml", '"end"', '"END"')

    assert without_times(built.run("build", "-n").out) == (
        'would run copy: param `word` changed "end" -> "END"\n'
        "may run count: depends on `copy`\n"
        "would run 1, may run 1\n"
    )
    assert without_times(built.run("build", "-n", "-B").out).endswith("\nwould run 2\n")


def test_status_tells_what_is_stale_and_check_says_so_by_the_exit_code(built: Space) -> None:
    built.replace("Jobfile.toml", "[target.copy]", '# for people\n[target.copy]\ndoc = "Copy"')
    assert built.run("status", "--check").out == "up to date: 2 targets\n"

    built.write("build/out.txt", "tampered\n")

    assert built.run("status", "--check", code=1).out == (
        "stale count: output `build/out.txt` was edited\nup to date: 1 target\n"
    )
    assert built.run("status", "--check", "copy").code == 0


@pytest.mark.parametrize("state", ["built", "edited", "new"])
def test_verbs_that_read_write_nothing_at_all(built: Space, state: str) -> None:
    if state == "edited":
        built.write("in.txt", "other\n")
        built.path("build/out.txt").unlink()
    elif state == "new":
        built.path("Jobfile.lock").unlink()
        shutil.rmtree(built.path(".jobmake"))
    before = stamps(built.root)

    for verb in ("build -n", "status", "why copy count", "list", "graph", "clean -n"):
        built.run(*verb.split())

    assert stamps(built.root) == before
