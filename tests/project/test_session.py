"""A session builds exactly what an edit reaches, and leaves what a new process would."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from jobmake.engine.inbox import Interrupt
from jobmake.model import events
from jobmake.model.errors import JobfileError
from tests.project.kept import kept

if TYPE_CHECKING:
    from tests.support import Space

TWO_CHAINS = """
[target.a]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["out/a"]
[target.a2]
run = "wc -c < {inputs} > {outputs}"
inputs = ["out/a"]
outputs = ["out/a2"]
[target.a3]
run = "cat {inputs} > {outputs}"
inputs = ["out/a2"]
outputs = ["out/a3"]
[target.b]
run = "cat {inputs} > {outputs}"
inputs = ["b.txt"]
outputs = ["out/b"]
"""


def two_chains(space: Space) -> None:
    space.jobfile(TWO_CHAINS)
    space.write("a.txt", "a")
    space.write("b.txt", "b")


def test_the_first_build_looks_at_everything(space: Space) -> None:
    two_chains(space)
    one = kept(space)

    assert one.ran() == ["a", "b", "a2", "a3"] or set(one.session.build().built) == set()
    assert one.session.broken == ()
    one.is_as_a_new_process_would_leave_it()


def test_an_edit_reaches_its_target_and_those_after_it_as_results_change(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    space.write("a.txt", "x")

    assert one.ran("a.txt") == ["a", "a2"]  # what a2 made is as it was
    assert one.judged == {"a", "a2", "a3"}
    one.is_as_a_new_process_would_leave_it()


def test_what_the_build_wrote_itself_reaches_nothing(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()

    assert not one.change("out/a", "out/a2", "out/a3", "out", "Jobfile.lock")
    space.write("a.txt", "xyz")
    one.build("a.txt")
    assert not one.change("out/a", "out/a2", "out/a3", "Jobfile.lock")


def test_a_touched_file_reaches_nothing(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    os.utime(space.path("a.txt"))

    assert not one.change("a.txt", "nobody.txt")


def test_an_output_that_is_edited_or_removed_is_made_again(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    space.write("out/a", "mine")
    space.path("out/b").unlink()

    assert set(one.ran("out/a", "out/b")) == {"a", "b"}
    assert space.read("out/a") == "a"
    one.is_as_a_new_process_would_leave_it()


def test_a_failed_target_runs_again_only_when_it_is_reached(space: Space) -> None:
    two_chains(space)
    space.replace("Jobfile.toml", "cat {inputs} > {outputs}", "grep -v bad {inputs} > {outputs}")
    one = kept(space)
    one.build()
    space.write("a.txt", "bad")
    summary = one.build("a.txt")
    assert (summary.failed, summary.blocked) == (("a",), ("a2", "a3"))
    assert not one.change("out/a")  # what the failed run left was moved away

    space.write("b.txt", "c")
    summary = one.build("b.txt")
    assert (summary.built, summary.failed, summary.ok) == (("b",), (), False)
    assert set(summary.broken) == set(one.session.broken) == {"a", "a2", "a3"}

    space.write("a.txt", "good")
    summary = one.build("a.txt")
    assert summary.ok
    assert summary.built == ("a", "a2", "a3")
    one.is_as_a_new_process_would_leave_it()


def test_a_missing_input_fails_its_target_alone(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    space.path("a.txt").unlink()
    space.write("b.txt", "c")

    summary = one.build("a.txt", "b.txt")
    assert (summary.failed, summary.built) == (("a",), ("b",))

    space.write("a.txt", "a")  # as it was: nothing has to run
    summary = one.build("a.txt")
    assert summary.ok
    assert summary.built == ()
    one.is_as_a_new_process_would_leave_it()


GLOB = """
[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["src/**/*.c"]
outputs = ["all"]
"""


def test_an_input_that_was_just_made_is_no_news_where_another_is_missing(space: Space) -> None:
    space.jobfile("""
        [target.raw]
        run = "cat {inputs} > {outputs}"
        inputs = ["in.txt"]
        outputs = ["raw.txt"]
        [target.sum]
        run = "cat {inputs} > {outputs}"
        inputs = ["@raw", "more.txt"]
        outputs = ["sum.txt"]
    """)
    space.write("in.txt", "1")
    one = kept(space)
    assert one.build().failed == ("sum",)
    assert not one.change("raw.txt")
    space.write("more.txt", "2")
    assert one.ran("more.txt") == ["sum"]


def test_new_deleted_renamed_files_under_a_glob(space: Space) -> None:
    space.jobfile(GLOB)
    space.write("src/a.c", "a")
    one = kept(space)
    one.build()

    space.write("src/b.c", "b")
    space.write("src/c.h", "h")
    assert one.ran("src/b.c", "src/c.h") == ["all"]
    os.rename(space.path("src/b.c"), space.path("src/z.c"))
    assert one.ran("src/b.c", "src/z.c") == ["all"]
    space.path("src/z.c").unlink()
    assert one.ran("src/z.c") == ["all"]
    assert space.read("all") == "a"
    assert not one.change("src/c.h", "src/.a.c.swp", "src/4913", "src")


def test_a_folder_that_is_moved_in_or_away(space: Space) -> None:
    space.jobfile(GLOB)
    space.write("src/a.c", "a")
    space.write("else/deep/b.c", "b")
    one = kept(space)
    one.build()

    os.rename(space.path("else"), space.path("src/else"))
    assert one.ran("src/else") == ["all"]
    assert space.read("all") == "ab"
    os.rename(space.path("src/else"), space.path("else"))
    assert one.ran("src/else") == ["all"]
    os.rename(space.path("src"), space.path("old"))
    space.write("src/n.c", "n")
    assert one.ran("src") == ["all"]
    assert space.read("all") == "n"
    one.is_as_a_new_process_would_leave_it()


EACH = """
[target.one]
run = "cat {inputs} > {outputs}"
inputs = ["{each.p}"]
outputs = ["out/{each.p.stem}"]
each = { p = "src/*.c" }
[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["out/*"]
needs = ["one"]
outputs = ["all"]
"""


def test_instances_over_files_come_and_go(space: Space) -> None:
    space.jobfile(EACH)
    space.write("src/a.c", "a")
    one = kept(space)
    one.build()

    space.write("src/a.c", "A")
    assert not one.change("src/a.c").reload
    assert one.ran("src/a.c") == ['one[p="src/a.c"]', "all"]
    space.write("src/b.c", "b")
    assert one.change("src/b.c").reload
    assert one.ran("src/b.c") == ['one[p="src/b.c"]', "all"]
    assert space.read("all") == "Ab"
    assert not one.change("out/b", "out/a", "all", "out", "src")
    space.path("src/a.c").unlink()
    assert one.ran("src/a.c") == ["all"]
    assert space.read("all") == "b"
    one.is_as_a_new_process_would_leave_it()


GROWING = """
[target.split]
run = "mkdir -p parts; for word in $(cat {inputs}); do echo $word > parts/$word; done"
inputs = ["words"]
outputs = ["parts/"]
[target.one]
run = "tr a-z A-Z < {inputs} > {outputs}"
inputs = ["{each.p}"]
outputs = ["ones/{each.p.name}"]
each = { p = "@split" }
[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["@one"]
outputs = ["all"]
[target.other]
run = "cat {inputs} > {outputs}"
inputs = ["other.txt"]
outputs = ["other"]
"""


def test_instances_over_what_others_make_come_and_go(space: Space) -> None:
    space.jobfile(GROWING)
    space.write("words", "a b")
    space.write("other.txt", "1")
    one = kept(space)
    one.build()

    space.write("other.txt", "2")
    assert one.ran("other.txt") == ["other"]
    assert one.judged == {"other"}
    space.write("words", "b c")
    assert one.ran("words") == ["split", 'one[p="parts/c"]', "all"]
    assert space.read("all") == "B\nC\n"
    assert not one.change("parts", "parts/b", "parts/c", "ones/c", "all")
    space.path("parts/b").unlink()
    assert one.ran("parts/b") == ["split"]
    one.is_as_a_new_process_would_leave_it()


def test_a_jobfile_or_params_file_that_changed_is_read_again(space: Space) -> None:
    two_chains(space)
    space.write("more.toml", "x = 1")
    space.replace(
        "Jobfile.toml", "[target.a]", '[project]\nparams_files = ["more.toml"]\n[target.a]'
    )
    one = kept(space)
    one.build()
    assert {"Jobfile.toml", "more.toml"} <= {each.path for each in one.session.watched()}

    space.replace("Jobfile.toml", "wc -c < {inputs}", "wc -l < {inputs}")
    space.write("more.toml", "x = 2")
    reach = one.change("Jobfile.toml", "more.toml")
    assert reach.definition == {"Jobfile.toml", "more.toml"}
    assert reach.reload
    assert one.ran() == ["a2", "a3"]
    one.is_as_a_new_process_would_leave_it()


def test_while_the_jobfile_is_wrong_the_old_graph_stays(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    text = space.read("Jobfile.toml")
    space.write("Jobfile.toml", text + "[target.a]\n")
    space.write("a.txt", "new")

    assert one.change("Jobfile.toml", "a.txt").reload
    with pytest.raises(JobfileError):
        one.session.reload()
    assert one.session.build().built == ("a", "a2", "a3")
    assert not one.session.reach
    space.write("Jobfile.toml", text)
    assert one.change("Jobfile.toml").reload
    assert one.ran() == []
    one.is_as_a_new_process_would_leave_it()


def test_another_process_builds_in_between(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    space.write("a.txt", "new")
    space.write("b.txt", "new")
    space.run("build", "a2")

    assert one.ran("a.txt", "out/a", "out/a2") == ["a3"] or one.judged == {"a", "a2", "a3", "b"}
    assert space.read("out/b") == "new"
    one.is_as_a_new_process_would_leave_it()


def test_a_lockfile_that_git_changed_leads_to_a_full_look(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    old = space.path("Jobfile.lock").read_bytes()
    space.write("a.txt", "new")
    one.build("a.txt")
    assert not one.change("Jobfile.lock")

    space.write("Jobfile.lock", old)
    assert one.change("Jobfile.lock").everything
    assert one.ran() == ["a", "a2", "a3"]
    one.is_as_a_new_process_would_leave_it()


def test_results_that_were_removed_lead_to_a_full_look(space: Space) -> None:
    two_chains(space)
    one = kept(space)
    one.build()
    shutil.rmtree(space.path(".jobmake"))
    space.write("b.txt", "new")

    assert one.ran("b.txt") == ["b"]
    one.is_as_a_new_process_would_leave_it()


def test_files_that_a_depfile_names(space: Space) -> None:
    outside = space.root.with_name("outside.h")
    outside.write_text("1")
    space.jobfile(
        f"""
[target.o]
run = "cat a.c a.h > o; echo 'o: a.h {outside}' > o.d"
inputs = ["a.c"]
outputs = ["o"]
depfile = "o.d"
"""
    )
    space.write("a.c", "c")
    space.write("a.h", "h")
    one = kept(space)
    one.build()
    assert {"a.h", str(outside)} <= {each.path for each in one.session.watched()}

    space.write("a.h", "H")
    assert one.ran("a.h") == ["o"]
    assert not one.change("a.h", "o", "o.d", str(outside))
    outside.write_text("2")
    assert one.ran(str(outside)) == ["o"]
    one.is_as_a_new_process_would_leave_it()


def test_what_depends_on_more_than_files_is_judged_in_every_build(space: Space) -> None:
    two_chains(space)
    space.write("answer", "1")
    space.write(
        "Jobfile.toml",
        space.read("Jobfile.toml")
        + """
[target.probing]
run = "cat answer > {outputs}"
probes = ["cat answer"]
outputs = ["out/probing"]
[target.always]
run = "date > {outputs}"
always = true
outputs = ["out/always"]
""",
    )
    one = kept(space)
    one.build()
    space.write("answer", "2")
    assert not one.change("answer", "out/probing", "out/always")  # nobody says that it is read

    space.write("b.txt", "new")
    assert set(one.ran("b.txt")) == {"b", "probing", "always"}
    assert not one.change("out/probing", "out/always", "out/b")


def test_an_interrupt_stops_what_runs(space: Space) -> None:
    gate = space.gate("go")
    space.jobfile(
        f"""
[target.slow]
run = "{gate.command}; cat {{inputs}} > {{outputs}}"
inputs = ["in.txt"]
outputs = ["slow"]
[target.after]
run = "cat {{inputs}} > {{outputs}}"
inputs = ["slow"]
outputs = ["after"]
"""
    )
    space.write("in.txt", "1")
    one = kept(space)
    reading, writing = os.pipe()
    asked: list[bytes] = []

    def is_due() -> bool:
        asked.append(os.read(reading, 1))
        return asked[-1] == b"!"

    def edit() -> None:
        os.write(writing, b".")  # an edit that reaches nothing
        gate.reached()
        os.write(writing, b"!")

    thread = threading.Thread(target=edit)
    thread.start()
    summary = one.build(interrupt=Interrupt(reading, is_due))
    thread.join()
    assert asked == [b".", b"!"]
    assert (summary.interrupted, summary.ok, summary.stopped_by) == (True, False, None)
    assert (summary.stopped, summary.not_started) == (("slow",), ("after",))

    gate.open()
    assert one.ran() == ["slow", "after"]
    one.is_as_a_new_process_would_leave_it()
    os.close(reading)
    os.close(writing)


def test_temp_files_are_made_again_for_those_who_need_them(space: Space) -> None:
    space.jobfile(
        """
[target.temp]
run = "cat {inputs} > {outputs}"
inputs = ["t.txt"]
outputs = [{ path = "temp", temp = true }]
[target.x]
run = "cat {inputs} > {outputs}"
inputs = ["temp", "x.txt"]
outputs = ["x"]
[target.y]
run = "cat {inputs} > {outputs}"
inputs = ["temp", "y.txt"]
outputs = ["y"]
"""
    )
    for name in "txy":
        space.write(f"{name}.txt", name)
    one = kept(space)
    one.build()
    assert not space.exists("temp")
    assert not one.change("temp")

    space.write("x.txt", "X")
    assert one.ran("x.txt") == ["temp", "x"]
    assert not space.exists("temp")
    space.write("t.txt", "T")
    assert set(one.ran("t.txt")) == {"temp", "x", "y"}
    assert (space.read("x"), space.exists("temp")) == ("TX", False)
    one.is_as_a_new_process_would_leave_it()


def test_a_link_that_leads_elsewhere_now(space: Space) -> None:
    space.jobfile(
        """
[target.copy]
run = "cat {inputs} > {outputs}"
inputs = ["data/in.txt"]
outputs = ["copy"]
"""
    )
    space.write("v1/in.txt", "1")
    space.write("v2/in.txt", "2")
    os.symlink("v1", space.path("data"))
    one = kept(space)
    one.build()

    space.write("v1/in.txt", "one")
    assert one.ran("v1/in.txt") == ["copy"]  # by the name that it has behind the link
    space.path("data").unlink()
    os.symlink("v2", space.path("data"))
    assert one.ran("data") == ["copy"]
    space.write("v2/in.txt", "two")
    assert one.ran("v2/in.txt") == ["copy"]
    assert space.read("copy") == "two"


def test_published_outputs_are_put_back(space: Space) -> None:
    space.jobfile(
        """
[target.a]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["out/a"]
publish = { "shown/a" = "out/a" }
"""
    )
    space.write("a.txt", "a")
    one = kept(space)
    one.build()
    assert not one.change("shown/a", "shown", "out/a")

    space.path("shown/a").unlink()
    one.build("shown/a")
    assert space.read("shown/a") == "a"


SERVED = """
[target.server]
service = true
run = "echo ready; exec sleep 1000"
sources = ["server.conf"]
ready = { line = "ready" }
[target.test]
run = "cat {inputs} > {outputs}"
inputs = ["test.txt"]
needs = ["server"]
outputs = ["tested"]
"""


def test_services_last_and_start_anew_when_they_change(space: Space) -> None:
    space.jobfile(SERVED)
    space.write("server.conf", "1")
    space.write("test.txt", "1")
    one = kept(space, lasting=True)
    try:
        assert one.ran() == ["test"]
        started = [each for each in one.told if isinstance(each, events.ServiceStarted)]
        assert len(started) == 1
        space.write("test.txt", "2")
        assert one.ran("test.txt") == ["test"]
        assert not [each for each in one.told if isinstance(each, events.ServiceStarted)]
        os.utime(space.path("server.conf"))
        assert not one.change("server.conf")
        space.write("server.conf", "2")
        assert one.ran("server.conf") == ["test"]
        assert [each for each in one.told if isinstance(each, events.ServiceStarted)]
    finally:
        one.close()
