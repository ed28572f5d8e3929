"""`jobmake watch` while the Jobfile, or what it is made of, is edited; also to something wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.watch.rig import watching

if TYPE_CHECKING:
    from tests.support import Space

COPY = """
[target.copy]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["out"]
"""


@pytest.fixture
def copy(space: Space) -> Space:
    """One target."""
    space.jobfile(COPY)
    space.write("a.txt", "a\n")
    return space


def test_a_target_that_is_added_is_built_and_watched(copy: Space) -> None:
    with watching(copy) as watch:
        watch.rests()
        copy.write("Jobfile.toml", COPY + COPY.replace("target.copy", "target.more")
                   .replace("a.txt", "b.txt").replace('"out"', '"out2"'))  # fmt: skip
        told = watch.rests()
        assert told.changed == ["Jobfile.toml"]
        assert told.rest["failed"] == ["more"]

        copy.write("b.txt", "b\n")
        told = watch.rests()
        assert told.built == ["more"]
        assert told.rest["failed"] == []
        copy.write("b.txt", "new\n")
        assert watch.rests().built == ["more"]


def test_a_jobfile_that_is_wrong_is_told_and_the_last_good_one_stays(copy: Space) -> None:
    with watching(copy) as watch:
        watch.rests()
        copy.replace("Jobfile.toml", "outputs", "outptus")
        told = watch.rests()
        [trouble] = told.of("trouble")
        [problem] = trouble["problems"]
        assert problem["message"] == "unknown key `outptus` of target `copy`"
        assert (problem["file"], problem["line"]) == ("Jobfile.toml", 5)
        assert problem["hint"] == "did you mean `outputs`?"
        assert told.rest["wrong"] == "Jobfile.toml"
        assert told.builds == 0

        copy.write("a.txt", "new\n")
        told = watch.rests()
        assert told.built == ["copy"]
        assert told.problems == []
        assert told.rest["wrong"] == "Jobfile.toml"

        copy.replace("Jobfile.toml", "outptus", "outputs")
        told = watch.rests()
        assert [one["jobfile"] for one in told.of("reloaded")] == ["Jobfile.toml"]
        assert told.built == []
        assert told.rest["wrong"] is None


def test_a_jobfile_that_is_wrong_at_first_is_waited_for(copy: Space) -> None:
    copy.write("Jobfile.toml", "[target.copy\n")
    with watching(copy) as watch:
        told = watch.rests()
        assert told.problems == ["expected ']' at the end of a table declaration"]
        assert (told.rest["wrong"], told.rest["stuck"]) == ("Jobfile.toml", True)
        copy.write("Jobfile.toml", "include = 3\n")
        assert watch.rests().problems == ["unknown key `include` in a Jobfile"]
        copy.write("Jobfile.toml", COPY)
        told = watch.rests()
        assert told.built == ["copy"]
        assert told.rest["wrong"] is None


def test_a_jobfile_that_is_gone_for_a_while(copy: Space) -> None:
    copy.root.parent.joinpath("Jobfile.toml").write_text(COPY)  # not taken in its place
    with watching(copy) as watch:
        watch.rests()
        copy.path("Jobfile.toml").rename(copy.path("away"))
        told = watch.rests()
        assert told.rest["wrong"] == "Jobfile.toml"
        copy.path("away").rename(copy.path("Jobfile.toml"))
        assert watch.rests().rest["wrong"] is None
        copy.write("a.txt", "new\n")
        assert watch.rests().built == ["copy"]


def test_an_input_that_is_lacking_at_first_is_waited_for(copy: Space) -> None:
    copy.path("a.txt").unlink()
    with watching(copy) as watch:
        told = watch.rests()
        [failed] = told.of("target_failed")
        assert failed["failure"]["message"] == "`a.txt` is missing"
        copy.write("a.txt", "a\n")
        assert watch.rests().built == ["copy"]


def test_an_included_jobfile_is_edited_and_mended(copy: Space) -> None:
    copy.write("Jobfile.toml", '[project]\ninclude = ["sub/Jobfile.toml"]\n' + COPY)
    copy.write("sub/Jobfile.toml", COPY)
    copy.write("sub/a.txt", "sub\n")
    with watching(copy) as watch:
        assert set(watch.rests().built) == {"copy", "sub/copy"}
        copy.replace("sub/Jobfile.toml", "cat", "tac")
        assert watch.rests().built == ["sub/copy"]
        copy.write("sub/Jobfile.toml", "wrong")
        told = watch.rests()
        assert [one["file"] for one in told.of("trouble")[0]["problems"]] == ["sub/Jobfile.toml"]
        copy.write("sub/Jobfile.toml", COPY)
        told = watch.rests()
        assert told.of("reloaded")


def test_an_included_jobfile_that_is_yet_to_come(copy: Space) -> None:
    with watching(copy) as watch:
        watch.rests()
        copy.write("Jobfile.toml", '[project]\ninclude = ["new/Jobfile.toml"]\n' + COPY)
        assert watch.rests().rest["wrong"] == "Jobfile.toml"
        copy.write("new/a.txt", "a\n")
        copy.write("new/Jobfile.toml", COPY)
        while (told := watch.rests()).rest["wrong"]:
            pass
        assert told.built == ["new/copy"]


def test_a_params_file_is_edited(copy: Space) -> None:
    params = '[project]\nparams_files = ["params.toml"]\n'
    copy.write("Jobfile.toml", params + COPY.replace("cat", "echo {params.n}; cat"))
    copy.write("params.toml", "n = 1\n")
    with watching(copy) as watch:
        watch.rests()
        copy.write("params.toml", "n = 2\n")
        told = watch.rests()
        assert told.changed == ["params.toml"]
        assert told.built == ["copy"]
        assert copy.read("out") == "a\n"
        copy.write("params.toml", "n = \n")
        assert watch.rests().rest["wrong"] == "Jobfile.toml"


JOBS = """
from jobmake import Job

class Words(Job):
    name = "words"
    number: int = 1

    def run(self):
        return self.number
"""


def test_a_python_file_that_declares_jobs_is_edited(space: Space) -> None:
    space.jobfile('[project]\njobs = ["jobs.py"]\n')
    space.write("jobs.py", JOBS)
    with watching(space) as watch:
        assert watch.rests().built == ["words"]
        space.replace("jobs.py", "number: int = 1", "number: int = 2")
        assert watch.rests().built == ["words"]
        space.write("jobs.py", JOBS + "\nraise ValueError(7)\n")
        assert watch.rests().rest["failed"] == ["words"]
        space.write("jobs.py", JOBS.replace('"words"', '"more"'))
        told = watch.rests()
        assert told.rest["failed"] == []
        assert told.built == ["more"]


def test_the_code_of_a_python_job_is_edited(space: Space) -> None:
    space.jobfile('[target.words]\npython = "work:words"\n')
    space.write("work.py", "import helper\n\ndef words():\n    return helper.number()\n")
    space.write("helper.py", "def number():\n    return 1\n")
    with watching(space) as watch:
        assert watch.rests().built == ["words"]
        space.write("helper.py", "def number():\n    return 2\n")
        assert watch.rests().built == ["words"]
        space.write("helper.py", "def number():\n    # a comment\n    return 2\n")
        space.write("work.py", "import helper\n\ndef words():\n    return -helper.number()\n")
        told = watch.rests()
        assert told.built == ["words"]


PLUGIN = """
def jobmake_targets(jobfile):
    return {"made": {"run": "echo WORD > {outputs}", "outputs": ["made.txt"]}}
"""


def test_code_that_is_wrong_is_seen_to_be_mended(space: Space) -> None:
    space.jobfile("""
        [project]
        python_path = ["lib"]
        [target.words]
        python = "work:words"
        [target.script]
        run = "python3 script.py > {outputs}"
        sources = ["script.py"]
        outputs = ["out.txt"]
        imports = "auto"
    """)
    space.write("lib/far.py", "VALUE = 1\n")
    space.write("work.py", "import far\n\ndef words():\n    return far.VALUE\n")
    space.write("script.py", "import near\nprint(near.VALUE)\n")
    space.write("near.py", "VALUE = 1\n")
    with watching(space) as watch:
        watch.rests()
        space.write("lib/far.py", "VALUE = (\n")
        assert watch.rests().rest["failed"] == ["words"]
        space.write("lib/far.py", "VALUE = 2\n")
        assert watch.rests().built == ["words"]
        space.write("near.py", "VALUE = (\n")
        assert watch.rests().rest["failed"] == ["script"]
        space.write("near.py", "VALUE = 2\n")
        told = watch.rests()
        assert (told.changed, told.built) == (["near.py"], ["script"])
        assert space.read("out.txt") == "2\n"


def test_what_a_file_of_jobs_imports_is_seen_to_be_mended(space: Space) -> None:
    space.jobfile('[project]\njobs = ["jobs.py"]\n')
    space.write("jobs.py", f"import helper\n{JOBS}")
    space.write("helper.py", "x = 1\n")
    with watching(space) as watch:
        watch.rests()
        space.write("helper.py", "x = (\n")
        assert watch.rests().rest["failed"] == ["words"]
        space.write("helper.py", "x = 2\n")
        told = watch.rests()
        assert told.changed == ["helper.py"]
        assert told.rest["failed"] == []
    space.run("status", "--check")


def test_what_the_first_build_makes_is_no_edit_of_what_declares_jobs(space: Space) -> None:
    space.jobfile("""
        [target.words]
        python = "work:words"
        outputs = { out = "build/words" }
    """)
    space.write("work.py", "def words(out):\n    out.write_text('')\n")
    with watching(space) as watch:
        told = watch.rests()
        assert (told.changed, told.of("reloaded")) == ([], [])
        space.write("work.py", "def words(out):\n    out.write_text('new')\n")
        told = watch.rests()
        assert (told.changed, told.built) == (["work.py"], ["words"])


def test_a_plugin_is_edited_and_mended(space: Space) -> None:
    space.jobfile('[project]\nplugins = ["./plugin.py"]\n')
    space.write("plugin.py", PLUGIN.replace("WORD", "one"))
    with watching(space) as watch:
        assert watch.rests().built == ["made"]
        space.write("plugin.py", PLUGIN.replace("WORD", "other"))
        told = watch.rests()
        assert told.changed == ["plugin.py"]
        assert told.built == ["made"]
        assert space.read("made.txt") == "other\n"

        space.write("plugin.py", "1 / 0\n")
        told = watch.rests()
        assert "ZeroDivisionError" in told.problems[0]
        assert told.rest["wrong"] == "Jobfile.toml"
        space.write("plugin.py", PLUGIN.replace("WORD", "last"))
        assert watch.rests().built == ["made"]


def test_a_target_that_is_not_there_is_an_error_at_once(copy: Space) -> None:
    result = copy.run("watch", "cop", code=2)
    assert result.err == "error: there is no target `cop`\nhint: did you mean `copy`?\n"


def test_no_jobfile_is_an_error_at_once(space: Space) -> None:
    result = space.run("watch", code=2)
    assert result.err.startswith("error: there is no Jobfile.toml in `")
    assert space.run("watch", "--poll=0", code=2).err.startswith(
        "error: argument --poll: `0` is not a number of seconds (0.01 to 3600)\n"
    )
