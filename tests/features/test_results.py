"""Values and own files of runs: outputs that are kept by content, in `.jobmake/results/`."""

from __future__ import annotations

import json
import os
import shutil
import signal

import pytest

from tests.support import DEADLINE, Space

JOBFILE = """
[params]
word = "one"

[target.both]
run = '''
echo {params.word}
mkdir -p {run_dir}/files/plots
echo {params.word} > {run_dir}/files/notes.txt
echo {params.word} plotted > {run_dir}/files/plots/a.svg
'''
capture = "stdout"

[target.user]
run = "cat .jobmake/results/*/files/notes.txt > {outputs}"
needs = ["both"]
outputs = ["out.txt"]
"""
OWN = ["notes.txt", "plots/a.svg"]


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.build()
    return space


def result(space: Space, target: str = "both") -> str:
    """The folder of a target's result, below the project's."""
    [one] = json.loads(space.run("show", target, "--json").out)["targets"]
    return str(one["result"])


def results(space: Space) -> list[str]:
    folder = space.path(".jobmake/results")
    return sorted(f".jobmake/results/{name}" for name in os.listdir(folder))


def edit(space: Space, name: str, text: str = "edited") -> None:
    """Write into a file that is read-only, as somebody who insists."""
    space.path(name).chmod(0o600)
    space.write(name, text)


# -- where they are ----------------------------------------------------------------------


def test_value_and_own_files_are_kept_together_and_can_only_be_read(built: Space) -> None:
    folder = result(built)

    assert results(built) == [folder]
    assert built.read(f"{folder}/value") == "one\n"
    assert built.read(f"{folder}/files/plots/a.svg") == "one plotted\n"
    for name in ("value", "files/notes.txt", "files/plots/a.svg"):
        assert built.path(f"{folder}/{name}").stat().st_mode & 0o222 == 0
    assert os.readlink(built.path(".jobmake/runs/1/result")) == folder.replace(".jobmake", "../..")
    assert sorted(os.listdir(built.path(".jobmake/runs/1"))) == ["result"]


def test_the_same_result_is_kept_once(space: Space) -> None:
    space.jobfile('[target.t]\nmatrix = { n = [1, 2] }\nrun = "echo 1"\ncapture = "stdout"\n')
    space.build()
    assert results(space) == [result(space, "t[n=1]")] == [result(space, "t[n=2]")]


def test_they_stand_in_the_lockfile(built: Space) -> None:
    text = built.read("Jobfile.lock")

    assert "[target.both.files]\n" in text
    assert '"notes.txt" = "xxh3:' in text
    assert '"plots/a.svg" = "xxh3:' in text
    assert built.run("lock", "--check").code == 0
    built.write("Jobfile.lock", text.replace("lock-version = 1", "lock-version = 1 # read by TOML"))
    assert built.build().fresh == ["both", "user"]


def test_a_name_that_leads_out_is_no_record(built: Space) -> None:
    built.replace("Jobfile.lock", '"notes.txt"', '"../notes.txt"')
    err = built.run("lock", "--check", code=1).err
    assert "the record of `both` is not whole" in err + built.run("lock", "--check", code=1).out


def test_an_executable_file_stays_one(space: Space) -> None:
    space.jobfile(
        """
        [target.t]
        run = '''mkdir {run_dir}/files; cd {run_dir}/files; echo 'echo hi' > run; chmod 755 run'''
        """
    )
    space.build()
    folder = result(space, "t")
    shutil.rmtree(space.path(folder))

    assert space.build().restored == ["t"]

    assert os.access(space.path(f"{folder}/files/run"), os.X_OK)


def test_a_file_with_more_names_is_not_made_read_only_under_them(space: Space) -> None:
    space.write("data.txt", "data")
    space.jobfile(
        '[target.t]\nrun = "mkdir {run_dir}/files; ln data.txt {run_dir}/files/a"\n'
        'inputs = ["data.txt"]\n'
    )
    space.build()
    assert space.path("data.txt").stat().st_mode & 0o200
    assert space.path("data.txt").stat().st_nlink == 1

    assert space.build().fresh == ["t"]


def test_what_a_command_leaves_beside_them_is_not_taken_for_them(built: Space) -> None:
    built.replace("Jobfile.toml", "mkdir -p", "mkdir -p {run_dir}/result.new/x; mkdir -p")
    assert built.build().built == ["both"]
    folder = result(built)
    assert sorted(os.listdir(built.path(folder))) == ["files", "value"]
    built.replace("Jobfile.toml", "result.new/x; mkdir", "result.new/y; mkdir")
    assert built.build("--no-cache").built == ["both"]
    assert sorted(os.listdir(built.path(folder))) == ["files", "value"]


def test_a_value_that_no_capture_made_is_none(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "echo x > {run_dir}/value"')
    space.build()
    assert "value" not in space.read("Jobfile.lock")
    assert "`t` has no value" in space.run("show", "t", "--value", code=2).err


def test_a_run_in_a_folder_of_its_own_has_them_too(space: Space) -> None:
    space.jobfile(
        '[target.t]\nisolated = true\nrun = "mkdir {run_dir}/files; echo x > {run_dir}/files/a"'
    )
    space.build()
    assert space.read(f"{result(space, 't')}/files/a") == "x\n"


# -- what cannot be kept -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("ln -s /etc/hostname link", "its own file `link` is a link"),
        ("mkdir in; mkfifo in/pipe", "its own file `in/pipe` is no regular file"),
        (r"touch a$(printf '\377')", r"the name of its own file `'a\udcff'` is not UTF-8"),
        ("cd ..; rmdir files; echo x > files", "`files` in its run's folder is not a folder"),
        ("rm ../value", "its captured output went while it ran"),
        ("ln -sf /etc/hostname ../value", "its value is a link"),
    ],
)
def test_only_regular_files_are_kept(space: Space, command: str, told: str) -> None:
    space.jobfile(
        "[target.t]\ncapture = 'stdout'\n"
        f"run = '''mkdir {{run_dir}}/files; cd {{run_dir}}/files; {command}'''"
    )
    failed = space.build(code=1)
    assert failed.failed == ["t"]
    assert told in failed.err
    assert not space.exists(".jobmake/results")


def test_what_a_failed_run_left_stays_in_its_folder(built: Space) -> None:
    before = results(built)
    built.replace("Jobfile.toml", "plotted", "half; exit 1; echo")

    assert built.build(code=1).failed == ["both"]

    assert results(built) == before
    assert built.read(".jobmake/runs/3/files/notes.txt") == "one\n"
    assert built.read(".jobmake/runs/3/value") == "one\none half\n"
    assert built.run("show", "#3", "--value").out == "one\none half\n"


def test_each_try_has_its_own(space: Space) -> None:
    space.jobfile(
        """
        [target.t]
        run = '''
        echo $JOBMAKE_ATTEMPT
        mkdir {run_dir}/files
        echo x > {run_dir}/files/try-$JOBMAKE_ATTEMPT
        test $JOBMAKE_ATTEMPT = 2
        '''
        capture = "stdout"
        retries = 1
        """
    )
    assert space.build().built == ["t"]
    assert os.listdir(space.path(f"{result(space, 't')}/files")) == ["try-2"]
    assert space.read(".jobmake/runs/1/files/try-1") == "x\n"


def test_who_may_fail_has_no_result_then(space: Space) -> None:
    space.jobfile(
        '[target.t]\nallow_failure = true\ncapture = "stdout"\nrun = "echo 1; exit 1"\n'
        '[target.u]\nneeds = ["t"]\nrun = "true"\n'
    )
    assert space.build().built == ["u"]
    assert not space.exists(".jobmake/results")


# -- they make stale, and come back ------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("value", "value"),
        ("files/notes.txt", "own file `notes.txt`"),
        ("files/plots/a.svg", "own file `plots/a.svg`"),
    ],
)
@pytest.mark.parametrize("cache", [True, False], ids=["restored", "built"])
def test_what_is_missing_or_edited_is_made_good(
    built: Space, name: str, told: str, *, cache: bool
) -> None:
    folder = result(built)
    flags = [] if cache else ["--no-cache"]

    for what in ("is missing", "was edited"):
        if what == "is missing":
            built.path(f"{folder}/{name}").unlink()
        else:
            edit(built, f"{folder}/{name}")
        assert built.run("status", "--check", code=1).code == 1
        again = built.build(*flags)
        assert (again.restored if cache else again.built) == ["both"]
        assert again.reason("both") == f"{told} {what}"
        assert again.fresh == ["user"]
        assert built.read(f"{folder}/value") == "one\n"
        assert [built.exists(f"{folder}/files/{own}") for own in OWN] == [True, True]
        assert built.path(f"{folder}/{name}").stat().st_mode & 0o222 == 0
        assert built.build().fresh == ["both", "user"]


@pytest.mark.parametrize("flag", [(), ("--no-cache",)], ids=["restored", "built"])
def test_an_edit_is_moved_aside(built: Space, flag: tuple[str, ...]) -> None:
    folder = result(built)
    edit(built, f"{folder}/files/notes.txt", "mine")

    err = built.build(*flag).err

    assert f"note: `{folder}/` of `both` was not made by jobmake, edited since" in err
    assert built.read(f".jobmake/runs/3/replaced/{folder}/files/notes.txt") == "mine"
    assert built.read(f"{folder}/files/notes.txt") == "one\n"


def test_a_folder_in_the_place_of_a_file_is_an_edit(built: Space) -> None:
    folder = result(built)
    built.path(f"{folder}/value").unlink()
    built.write(f"{folder}/value/inside", "x")
    assert built.build().reason("both") == "value was edited"
    assert built.read(f"{folder}/value") == "one\n"


def test_there_and_back_again_is_restored(built: Space) -> None:
    first = result(built)
    built.build("-D", "word=two")
    assert built.read(f"{result(built)}/value") == "two\n"
    shutil.rmtree(built.path(".jobmake/results"))

    again = built.build()

    assert again.restored == ["both", "user"]
    assert result(built) == first
    assert built.read(f"{first}/files/plots/a.svg") == "one plotted\n"
    assert os.path.realpath(built.path(".jobmake/runs/5/result")) == str(built.path(first))


def test_a_target_that_leaves_files_only_is_restored(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "mkdir {run_dir}/files; echo x > {run_dir}/files/a"')
    space.build()
    shutil.rmtree(space.path(".jobmake/results"))
    assert space.build().restored == ["t"]
    assert space.build().fresh == ["t"]


def test_damage_in_the_cache_costs_a_run(built: Space) -> None:
    for path in built.path(".jobmake/cache/v1/objects").glob("*/*"):
        path.chmod(0o600)
        path.write_bytes(b"damaged")
    shutil.rmtree(built.path(".jobmake/results"))

    again = built.build()

    assert again.built == ["both"]
    assert built.read(f"{result(built)}/value") == "one\n"


def test_who_needs_it_sees_own_files_change(built: Space) -> None:
    built.replace("Jobfile.toml", "plotted", "drawn")
    again = built.build()
    assert again.built == ["both", "user"]
    assert again.reason("user") == "result of `both` changed"


def test_a_clone_with_the_lockfile_and_the_cache_has_them(built: Space, tmp_path_factory) -> None:
    cache = str(built.path(".jobmake/cache"))
    clone = Space(tmp_path_factory.mktemp("clone"))
    for name in ("Jobfile.toml", "Jobfile.lock"):
        clone.write(name, built.read(name))

    assert clone.build("--locked", "--cache-folder", cache).restored == ["both", "user"]

    assert clone.read(f"{result(built)}/files/plots/a.svg") == "one plotted\n"


def test_a_locked_build_refuses_another_result(space: Space) -> None:
    space.write("said", "1")
    space.jobfile(
        '[target.t]\nrun = "mkdir {run_dir}/files; cp /proc/self/stat {run_dir}/files/a"\n'
    )
    space.build()
    before = results(space)

    failed = space.build("--locked", "--force", "--no-cache", code=1)

    assert "what it made is not what the lockfile says (`--locked`)" in failed.err
    assert results(space) == before
    assert space.exists(".jobmake/runs/2/files/a")


@pytest.mark.parametrize("flag", [(), ("--no-cache",)], ids=["cache", "no-cache"])
def test_a_kill_in_a_run_leaves_it_stale(space: Space, flag: tuple[str, ...]) -> None:
    gate = space.gate("half-way")
    space.jobfile(
        f"""
        [target.t]
        run = '''echo 1; mkdir {{run_dir}}/files; echo x > {{run_dir}}/files/a; {gate.command}'''
        capture = "stdout"
        """
    )
    process = space.start("build", *flag)
    gate.reached()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    assert not space.exists(".jobmake/results")

    gate.open()  # the command of the killed build may go through before it is ended, too
    gate.open()
    assert space.build().built == ["t"]
    assert space.read(f"{result(space, 't')}/value") == "1\n"


# -- commands ----------------------------------------------------------------------------


def test_accept_takes_them_as_they_are(built: Space) -> None:
    built.replace("Jobfile.toml", "mkdir -p", "mkdir  -p")
    built.run("accept", "both", "--reason", "a blank more")
    assert built.build().fresh == ["both", "user"]
    assert "[target.both.files]" in built.read("Jobfile.lock")


def test_accept_takes_no_edited_ones(built: Space) -> None:
    built.replace("Jobfile.toml", "mkdir -p", "mkdir  -p")
    edit(built, f"{result(built)}/files/notes.txt")
    err = built.run("accept", "both", "--reason", "x", code=1).err
    assert "`both` cannot be accepted: own file `notes.txt` was edited all the same" in err


def test_what_if_knows_of_them(built: Space) -> None:
    shutil.rmtree(built.path(result(built)))
    assert "value is missing" in built.run("what-if", "params.word=one").out


def test_clean_removes_them(built: Space) -> None:
    folder = result(built)
    assert f"{folder}/" in built.run("clean", "-n").out
    assert built.exists(folder)

    built.run("clean")

    assert not built.exists(".jobmake/results")
    assert built.build().restored == ["both", "user"]


def test_clean_keeps_what_was_edited_and_what_another_has(space: Space) -> None:
    space.jobfile('[target.t]\nmatrix = { n = [1, 2] }\nrun = "echo 1"\ncapture = "stdout"\n')
    space.build()
    folder = result(space, "t[n=1]")

    space.run("clean", "t[n=1]")
    assert space.build().fresh == ["t[n=1]", "t[n=2]"]

    edit(space, f"{folder}/value")
    assert f"{folder}/" in space.run("clean").err + space.run("clean").out
    assert space.read(f"{folder}/value") == "edited"
    space.run("clean", "--edited")
    assert not space.exists(folder)


def test_gc_removes_results_that_neither_a_record_nor_a_newest_run_names(built: Space) -> None:
    last = result(built)
    for number in range(21):
        built.build("-D", f"word={number}")
    assert len(results(built)) == 22
    os.makedirs(built.path(".jobmake/results/cut-off"))
    first = results(built)

    would = built.run("gc", "-n").out
    data = json.loads(built.run("gc", "--json").out)

    assert "of old results: 3 folders" in would
    assert data["results"]["folders"] == 3
    assert len(results(built)) == 20
    assert last in first
    assert last not in results(built)
    assert built.build("-D", "word=20").fresh == ["both", "user"]
    assert "of old results: 0 folders" in built.run("gc").out


def test_gc_leaves_what_another_jobfile_of_the_folder_has(built: Space) -> None:
    built.write("other.toml", built.read("Jobfile.toml").replace('"one"', '"other"'))
    built.run("build", "-f", "other.toml")
    built.path(".jobmake/runs.db").unlink()
    built.build("-D", "word=two")
    built.build("-f", "other.toml")  # its row says that there is such a Jobfile

    built.run("gc")

    assert built.build("-f", "other.toml").fresh == ["both", "user"]


def test_gc_during_a_build_leaves_results_alone(built: Space) -> None:
    gate = built.gate("half-way")
    built.write(
        "Jobfile.toml",
        built.read("Jobfile.toml")
        + f"[target.last]\nneeds = ['user']\nrun = '''{gate.command}'''\n",
    )
    os.makedirs(built.path(".jobmake/results/of-a-run-that-goes-on"))
    process = built.start("build")
    gate.reached()

    assert "freed 0 B of old results: 0 folders" in built.run("gc").out

    gate.open()
    process.communicate(timeout=DEADLINE)
    assert built.exists(".jobmake/results/of-a-run-that-goes-on")


def test_show_lists_own_files(built: Space) -> None:
    folder = result(built)
    for word in ("both", "#1"):
        text = built.run("show", word).out
        assert "  own files notes.txt  as made\n            plots/a.svg  as made\n" in text
        assert f"  result    {folder}\n" in text
    edit(built, f"{folder}/files/notes.txt")
    assert "  own files notes.txt  has changed\n" in built.run("show", "both").out

    told = json.loads(built.run("show", "both", "#1", "--json").out)

    [one], [run] = told["targets"], told["runs"]
    assert [(own["name"], own["now"]) for own in one["files"]] == [
        ("notes.txt", "has changed"),
        ("plots/a.svg", "as made"),
    ]
    assert run["files"] == {own["name"]: own["digest"] for own in one["files"]}
    assert run["files_now"] == {own["name"]: own["now"] for own in one["files"]}
    assert run["result"] == one["result"] == folder


def test_an_edited_value_is_not_shown_for_the_made_one(built: Space) -> None:
    edit(built, f"{result(built)}/value")
    assert built.run("show", "both", "--value").out == "one\n"  # of the cache
    shutil.rmtree(built.path(".jobmake/cache"))
    assert "no value of `both` is known here" in built.run("show", "both", "--value", code=2).err


def test_an_empty_value_is_one(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "true"\ncapture = "stdout"\n')
    space.build()
    for word in ("t", "#1"):
        assert space.run("show", word, "--value").out == ""
    assert space.build().fresh == ["t"]


def test_doctor_does_not_take_a_lost_value_for_an_unsteady_output(built: Space) -> None:
    built.path(f"{result(built)}/value").unlink()
    built.build("--no-cache")
    assert "unsteady" not in built.run("doctor", code=None).out
