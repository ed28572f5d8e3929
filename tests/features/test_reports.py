"""Reports of a build: `--report NAME[=PATH]`, `--trace FILE`, `[project] reports`. What they say is
read as those read it that they are for; none of them ever fails a build.
"""

from __future__ import annotations

import json
import os
import signal
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from tests.support import Space

MIXED = r"""
[project]
name = "demo"

[target.good]
run = "echo fine | tee {outputs}"
outputs = ["good.txt"]

[target.bad]
run = "printf 'a\\033[31mred\\000\\377 <&]]> \\357\\277\\276'; exit 3"

[target.after]
needs = ["bad"]
run = "true"

[target.may]
run = "exit 4"
allow_failure = true
"""


# -- junit ----------------------------------------------------------------------------

# what the schema of the Jenkins plugin allows: attributes, and children
JUNIT = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "classname", "time", "status", "file", "line"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}


def suite(space: Space, path: str) -> dict[str, Element]:
    """The test cases of a report by name; the whole is as the schema and its counts say."""
    root = ElementTree.fromstring(space.path(path).read_bytes())
    assert root.tag == "testsuites"
    for one in root.iter():
        attributes, children = JUNIT[one.tag]
        assert set(one.attrib) <= attributes
        assert {child.tag for child in one} <= children
    [only] = root
    cases = {case.attrib["name"]: case for case in only}
    assert len(cases) == int(only.attrib["tests"]) == int(root.attrib["tests"])
    for tag, count in (("failure", "failures"), ("skipped", "skipped"), ("error", "errors")):
        assert len(only.findall(f"testcase/{tag}")) == int(only.attrib[count])
    assert all(float(one.attrib["time"]) >= 0 for one in (root, only, *cases.values()))
    return cases


def test_junit_has_a_case_per_target(space: Space) -> None:
    space.jobfile(MIXED)

    space.build("-k", "--report", "junit=build/junit.xml", code=1)

    cases = suite(space, "build/junit.xml")
    assert {name: [one.tag for one in case] for name, case in cases.items()} == {
        "good": ["system-out"],
        "bad": ["failure", "system-out"],
        "after": ["skipped"],
        "may": ["skipped", "system-out"],
    }
    failure = cases["bad"][0]
    assert failure.attrib == {"message": "exit code 3", "type": "failed"}
    assert failure.text is not None
    assert failure.text.startswith("error: target `bad` failed: exit code 3\n  command: printf ")
    assert failure.text.endswith("/log:\n    ared\\x00\ufffd <&]]> ")
    assert cases["bad"].attrib["file"] == "Jobfile.toml"
    assert cases["bad"].attrib["line"] == "9"
    assert float(cases["bad"].attrib["time"]) > 0
    assert cases["after"][0].attrib["message"] == "blocked: `bad` failed"
    assert cases["may"][0].attrib["message"] == "failed, as it may: exit code 4"


def test_junit_tells_what_did_not_have_to_run(space: Space) -> None:
    space.jobfile(MIXED)
    space.build("good")

    space.build("good", "--report", "junit=a.xml")
    os.unlink(space.path("good.txt"))
    space.build("good", "--report", "junit=b.xml")

    assert suite(space, "a.xml")["good"].findtext("system-out") == "up to date\n"
    restored = "restored from the cache: output `good.txt` is missing\n"
    assert suite(space, "b.xml")["good"].findtext("system-out") == restored


def test_junit_tells_of_tries_and_of_what_was_not_started(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "exit 1"\nretries = 1\n[target.b]\nrun = "true"\n')

    space.build("-j1", "--report", "junit=a.xml", code=1)

    cases = suite(space, "a.xml")
    told = cases["a"].findtext("system-out") or ""
    assert "attempt 1 failed: exit code 1\n" in told
    assert cases["b"][0].attrib["message"] == "not started"


# -- a trace --------------------------------------------------------------------------


def trace(space: Space, path: str) -> list[dict[str, Any]]:
    """The events of a trace, strictly as the format has them; no two spans of a row overlap."""
    whole = json.loads(space.read(path), parse_constant=pytest.fail)
    assert whole["displayTimeUnit"] == "ms"
    events: list[dict[str, Any]] = whole["traceEvents"]
    keys = {"ph", "name", "pid", "tid", "args"}
    more = {"X": {"ts", "dur", "cat"}, "i": {"ts", "s", "cat"}, "M": set()}
    for one in events:
        assert set(one) == keys | more[one["ph"]]
        assert isinstance(one["args"], dict)
        assert all(type(one[key]) is int and one[key] >= 0 for key in ("pid", "tid"))
        assert all(type(one[key]) is int and one[key] >= 0 for key in ("ts", "dur") if key in one)
        assert one.get("s", "t") == "t"
    assert len({one["pid"] for one in events}) == 1
    named = {one["tid"] for one in events if one["name"] == "thread_name"}
    assert named == {one["tid"] for one in events}
    for row in named:
        spans = sorted((one["ts"], one["ts"] + one["dur"]) for one in events
                       if one["ph"] == "X" and one["tid"] == row)  # fmt: skip
        assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    return events


def spans(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in events if one["ph"] == "X"}


def test_a_trace_has_parallel_runs_beside_each_other(space: Space) -> None:
    left, right = space.gate("left"), space.gate("right")
    space.jobfile(
        f"""
        [target.left]
        run = "{left.command}"
        [target.right]
        run = "{right.command}"
        [target.last]
        run = "true"
        needs = ["left", "right"]
        """
    )
    build = space.start("build", "-j2", "--trace", "trace.json")
    left.reached()
    right.reached()
    left.open()
    right.open()
    build.communicate()

    found = spans(trace(space, "trace.json"))

    assert list(found)[:2] == ["read the project", "judge"]
    assert found["read the project"]["ts"] == 0  # of the process
    assert {found[name]["tid"] for name in ("left", "right")} == {1, 2}
    assert found["last"]["tid"] == 1
    begin, end = (
        max(found[name]["ts"] for name in ("left", "right")),
        min(found[name]["ts"] + found[name]["dur"] for name in ("left", "right")),
    )
    assert begin < end  # they went on at once
    last = found["last"]
    assert last["ts"] >= end
    assert last["args"].pop("cpu seconds") >= 0
    assert last["args"].pop("peak memory") > 0
    assert last["args"] == {
        "run": "3", "reason": "it was never built", "ended": "built", "exit": 0,
    }  # fmt: skip
    after = found["judge and record"]
    assert after["tid"] == 0
    assert after["ts"] >= last["ts"] + last["dur"]


def test_a_trace_tells_of_what_did_not_run(space: Space) -> None:
    space.jobfile(MIXED)
    space.build("good")
    space.build("good", "--trace", "fresh.json")
    os.unlink(space.path("good.txt"))
    space.build("-k", "-j1", "--trace", "more.json", code=1)

    fresh, more = trace(space, "fresh.json"), trace(space, "more.json")

    [one] = [one for one in fresh if one["ph"] == "i"]
    assert (one["name"], one["args"]) == ("1 target up to date", {"count": 1})
    assert list(spans(fresh)) == ["read the project", "judge"]
    instants = {one["name"]: one["args"] for one in more if one["ph"] == "i"}
    # a restore has an id of its own, as the run of `bad` beside it; which is first is open
    ids = {instants["restored good"].pop("run"), spans(more)["bad"]["args"]["run"]}
    assert ids == {"2", "3"}
    assert instants == {
        "restored good": {"reason": "output `good.txt` is missing"},
        "blocked after": {"by": "bad"},
    }
    assert spans(more)["bad"]["args"]["exit"] == 3
    assert spans(more)["bad"]["args"]["ended"] == "failed"


# -- json, into a file ----------------------------------------------------------------


def test_events_in_a_file_are_those_on_the_screen(space: Space) -> None:
    space.jobfile(MIXED)

    on_screen = space.run("build", "-k", "--json", "--report", "json=deep/er/e.jsonl", code=1).out

    told, written = (
        [json.loads(line) | {"time": 0} for line in text.splitlines()]
        for text in (on_screen, space.read("deep/er/e.jsonl"))
    )
    assert written == told
    assert written[0]["version"] == 1
    failure = next(
        one["failure"] for one in written if one.get("target") == "bad" and "failure" in one
    )
    started = next(one for one in written if one.get("target") == "bad" and "run_id" in one)
    assert (failure["run_id"], failure["exit_code"]) == (started["run_id"], 3)
    assert failure["seconds"] > 0


def test_an_event_is_in_the_file_when_it_happens(space: Space) -> None:
    gate = space.gate("a")
    space.jobfile(f'[target.a]\nrun = "{gate.command}"\n')
    space.write("e.jsonl", "of an earlier build\n")
    build = space.start("build", "--report", "json=e.jsonl")
    gate.reached()

    lines = space.read("e.jsonl").splitlines()

    gate.open()
    build.communicate()
    assert [json.loads(line)["event"] for line in lines] == ["build_started", "target_started"]


# -- github ---------------------------------------------------------------------------


def test_github_is_told_where_a_failure_comes_from(space: Space) -> None:
    space.write(
        "sub/Jobfile.toml",
        '[target.bad]\nrun = "echo no; exit 3"\n\n'
        '[target.may]\nrun = "exit 4"\nallow_failure = true\n',
    )

    result = space.build(
        "-C", "sub", "-k", "-j1", "--report", "github",
        env={"GITHUB_WORKSPACE": str(space.root)}, code=1,
    )  # fmt: skip

    lines = result.out.splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert commands == [
        "::group::failed bad: exit code 3",
        "::endgroup::",
        "::error file=sub/Jobfile.toml,line=1,title=target `bad` failed"
        "::exit code 3%0Ait ran because: it was never built",
        "::group::failed may: exit code 4",
        "::endgroup::",
        "::warning file=sub/Jobfile.toml,line=4,title=target `may` failed"
        "::exit code 4%0Ait ran because: it was never built",
    ]
    assert lines[lines.index("::group::failed bad: exit code 3") + 1 :][:5] == [
        "error: target `bad` failed: exit code 3",
        "  command: echo no; exit 3",
        "  it ran because: it was never built",
        "  its output, from .jobmake/runs/1/log:",
        "    no",
    ]
    assert lines[-1].startswith("failed 1, failed as allowed 1 in ")
    assert result.err == ""


def test_what_a_command_writes_is_no_command_to_github(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo ::set-env name=PATH::evil; echo one; echo last"\n')

    lines = space.build("--report", "github").out.splitlines()

    start = lines.index("::set-env name=PATH::evil")
    stop = lines[start - 1]
    assert stop.startswith("::stop-commands::")
    token = stop.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert lines[start + 1 : start + 4] == ["one", "last", f"::{token}::"]
    assert lines[start - 3].startswith("::group::built a in ")
    assert lines[start + 4] == "::endgroup::"


def test_github_shows_a_summary(space: Space) -> None:
    space.jobfile(MIXED + '[target.x]\nrun = "true"\nmatrix = { m = ["a|b", "<_*>"] }\n')

    space.build(
        "-k", "-j1", "--report", "github",
        env={"GITHUB_STEP_SUMMARY": str(space.write("summary.md", "before\n"))}, code=1,
    )  # fmt: skip

    before, head, empty, *rows = space.read("summary.md").splitlines()
    assert (before, empty) == ("before", "")
    assert head.startswith("### ❌ demo: failed 1, failed as allowed 1, blocked 1, built 3 in ")
    assert rows[:4] == [
        "| target | | |",
        "|---|---|---|",
        "| bad | failed | exit code 3 |",
        "| may | failed, as it may | exit code 4 |",
    ]
    assert "| after | blocked | `bad` failed |" in rows
    assert any(row.startswith(r'| x\[m="a\|b"\] | built in ') for row in rows)
    assert any(row.startswith(r'| x\[m="&lt;\_\*>"\] | built in ') for row in rows)


# -- asking for them ------------------------------------------------------------------


def test_paths_of_the_jobfile_are_relative_to_it_and_others_to_the_working_directory(
    space: Space,
) -> None:
    text = '[project]\nreports = ["junit=out/j.xml"]\n[target.a]\nrun = "true"\n'
    space.write("sub/Jobfile.toml", text)

    space.build("-C", "sub", "--report", "json=e.jsonl",
                env={"JOBMAKE_REPORT": "json=f.jsonl\ntrace=t.json"})  # fmt: skip

    assert space.exists("sub/out/j.xml")
    assert [space.exists(name) for name in ("e.jsonl", "f.jsonl", "t.json")] == [True] * 3


MAKES = """
[target.a]
run = "mkdir -p out; cp {inputs} out"
inputs = ["*.xml"]
outputs = ["out/"]
"""


def test_a_wrong_report_is_an_error_before_anything_runs(space: Space) -> None:
    space.jobfile(MAKES)
    space.write("a.xml", "")

    result = space.build("--report", "junti=x", code=2)

    assert result.err == "error: there is no report `junti`\nhint: did you mean `junit`?\n"
    assert not space.exists("out")


def test_all_that_cannot_be_of_a_jobfile_is_told_at_once(space: Space) -> None:
    space.jobfile(f'[project]\nreports = ["junti=x", "junit=out/j.xml", "json=o"]\n{MAKES}')
    space.write("a.xml", "")

    assert space.build(code=2).err == (
        """\
error: there is no report `junti`
  --> Jobfile.toml:2
2 | reports = ["junti=x", "junit=out/j.xml", "json=o"]
  |            ^^^^^^^^^
hint: did you mean `junit`?

error: the report `junit` would be written to `out/`, which `a` makes
  --> Jobfile.toml:2
2 | reports = ["junti=x", "junit=out/j.xml", "json=o"]
  |                       ^^^^^^^^^^^^^^^^^
hint: choose another place
"""
    )
    space.replace("Jobfile.toml", '"junti=x", "junit=out/j.xml"', '"junit"')
    assert space.build(code=2).err == (
        """\
error: the report `junit` needs a file
  --> Jobfile.toml:2
2 | reports = ["junit", "json=o"]
  |            ^^^^^^^
hint: write it as `junit=FILE`
"""
    )


def test_two_reports_need_two_places(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\n')
    os.symlink("x", space.path("y"))

    files = space.build("--report", "junit=x", "--report", "trace=y", code=2)
    screens = space.build("--json", "--report", "github", code=2)

    assert files.err == (
        "error: the reports `junit` and `trace` go to one file, `y`\nhint: give it another\n"
    )
    assert screens.err == (
        "error: the reports `github` and `json` both want the screen\nhint: keep one\n"
    )
    space.build("--report", "junit=x", "--report", "junit=x")


def test_the_screen_asked_for_goes_before_that_of_the_jobfile(space: Space) -> None:
    space.jobfile('[project]\nreports = ["github"]\n[target.a]\nrun = "echo one"\n')

    assert "::group::built a in " in space.build().out
    assert space.run("build", "--json").out.startswith('{"event": "build_started", ')
    assert space.build("--report", "plain").last_line == "up to date: 1 target checked"


def test_a_dry_run_writes_no_report(space: Space) -> None:
    space.jobfile('[project]\nreports = ["junit=j.xml"]\n[target.a]\nrun = "true"\n')

    result = space.build("-n", "--trace", "t.json")

    assert result.err == "note: `-n` builds nothing, so no report is written\n"
    assert space.build("-n").err == ""
    assert sorted(space.tree()) == ["Jobfile.toml"]


def test_a_build_that_does_not_begin_writes_none(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\ninputs = ["nowhere.txt"]\n')

    space.build("--report", "junit=j.xml", "--trace", "t.json", "--report", "json=e.jsonl", code=2)

    assert sorted(space.tree()) == ["Jobfile.toml"]


# -- trouble --------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_stopped_leaves_whole_reports(space: Space, signum: int) -> None:
    gate = space.gate("held")
    space.jobfile(
        f'[target.held]\nrun = "{gate.command}"\n[target.next]\nrun = "true"\nneeds = ["held"]\n'
    )
    build = space.start(
        "build", "--report", "junit=j.xml", "--trace", "t.json", "--report", "json=e.jsonl"
    )
    gate.reached()

    build.send_signal(signum)

    build.communicate()
    assert build.returncode == -signum
    cases = suite(space, "j.xml")
    assert cases["held"][0].attrib["message"] == "stopped"
    assert cases["next"][0].attrib["message"] == "not started"
    assert spans(trace(space, "t.json"))["held"]["args"]["ended"] == "stopped"
    lines = [json.loads(line) for line in space.read("e.jsonl").splitlines()]
    assert lines[-1]["summary"]["stopped_by"] == signum


def test_a_report_that_cannot_be_written_fails_nothing(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a.txt"]\n')
    space.write("file", "")

    result = space.build(
        "--report", "json=/dev/full", "--report", "junit=file/j.xml", "--trace", "t.json"
    )

    assert result.built == ["a"]
    notes = [line for line in result.err.splitlines() if line.startswith("note: ")]
    assert notes == [
        "note: the report `json` is left out: cannot write `/dev/full`: No space left on device",
        f"note: the report `junit` is left out: cannot write `{space.root}/file`: File exists",
    ]
    trace(space, "t.json")


def test_a_report_goes_through_a_pipe(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\n')
    os.mkfifo(space.path("pipe"))
    reader = os.open(space.path("pipe"), os.O_RDWR)
    try:
        space.build("--report", "junit=pipe")
        text = os.read(reader, 1 << 16)
    finally:
        os.close(reader)
    assert ElementTree.fromstring(text).attrib["tests"] == "1"
    result = space.run("build", "--report", "junit=/dev/stdout")
    assert ElementTree.fromstring(result.out).attrib["tests"] == "1"
