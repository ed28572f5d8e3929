"""`--json`: a stream of events from `build`, one object from the others; no secret in either."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobmake.model.decision import Reason
from jobmake.reporters import as_json
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from tests.support import Result, Space

PAIR = """
[params]
rate = 1
api_token = "s3cret"

[target.raw]
doc = "Raw"
run = "echo {params.rate} {params.api_token} > {outputs}; echo noise"
outputs = ["raw.txt"]

[target.page]
run = "cat {inputs} > {outputs}"
inputs = ["@raw"]
outputs = ["page.txt"]

[target.both]
needs = ["raw", "page"]
"""


def stream(result: Result) -> list[dict[str, Any]]:
    """The events of a build; every line must be one."""
    return [json.loads(line, parse_constant=pytest.fail) for line in result.out.split("\n")[:-1]]


def one(result: Result) -> Any:
    data = json.loads(result.out, parse_constant=pytest.fail)
    assert data["version"] == 1
    return data


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


# -- the stream -----------------------------------------------------------------------


def test_a_build_tells_each_event_on_a_line(space: Space) -> None:
    space.jobfile(PAIR)

    result = space.run("build", "--json")

    events = stream(result)
    assert kinds(events) == [
        "build_started",
        "target_started", "target_built", "target_started", "target_built",
        "build_ended",
    ]  # fmt: skip
    assert [event.get("version") for event in events] == [1] + [None] * 5
    times = [event["time"] for event in events]
    assert times == sorted(times)
    assert events[0] | {"time": 0} == {
        "event": "build_started", "time": 0, "version": 1, "total": 3,
        "jobs": events[0]["jobs"],
    }  # fmt: skip
    assert events[1] == {
        "event": "target_started",
        "time": times[1],
        "target": "raw",
        "run_id": "1",
        "reasons": [
            {
                "kind": "it", "name": "", "what": "was never built", "old": None, "new": None,
                "text": "it was never built",
            }
        ],
        "command": "echo 1 *** > raw.txt; echo noise",
        "log": ".jobmake/runs/1/log",
        "attempt": 1,
        "interactive": False,
    }  # fmt: skip
    assert events[2]["log"] == ".jobmake/runs/1/log"
    assert space.read(events[2]["log"]) == "noise\n"
    assert events[4]["log"] is None
    assert events[-1]["summary"]["built"] == ["raw", "page"]
    assert result.err == ""


def test_a_failure_is_an_object_of_its_event(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo oh; exit 3"\n[target.b]\nneeds = ["a"]\n')

    events = stream(space.run("build", "--json", code=1))

    assert kinds(events)[-3:] == ["target_failed", "target_blocked", "build_ended"]
    failure = events[-3]["failure"]
    assert failure["message"] == "exit code 3"
    assert failure["command"] == "echo oh; exit 3"
    assert failure["reasons"][0]["text"] == "it was never built"
    assert events[-2]["by"] == "a"
    assert events[-1]["summary"]["failed"] == ["a"]


def test_the_first_line_tells_the_version_also_where_it_is_a_notice(space: Space) -> None:
    gate = space.gate("first")
    space.jobfile(f'[target.a]\nrun = "{gate.command}"\nalways = true\n')
    first = space.start("build")
    gate.reached()
    second = space.start("build", "--json")
    assert second.stdout is not None
    notice = json.loads(second.stdout.readline())
    gate.open()
    gate.open()
    second.communicate()
    first.communicate()

    assert notice["event"] == "notice"
    assert notice["version"] == 1
    assert notice["message"].startswith("waiting for process ")


def test_an_error_of_the_jobfile_is_told_as_ever(space: Space) -> None:
    space.jobfile("[target.a]\nruns = 1\n")

    result = space.run("build", "--json", code=2)

    assert result.out == ""
    assert result.err.startswith("error: ")


def test_a_new_event_needs_no_new_code() -> None:
    class Inner(Value):
        ratio: float
        raw: bytes

    class TargetRestoredTwice(Value):
        target: str
        parts: tuple[Inner, ...]
        by: dict[str, int]
        reasons: tuple[Reason, ...]

    secret = Reason("env", "$PGPASSWORD", "changed", '"scrypt:00"', "false")
    event = TargetRestoredTwice("a", (Inner(float("nan"), b"\xff"),), {"x": 1}, (secret,))
    assert as_json.event(event) == {
        "event": "target_restored_twice",
        "target": "a",
        "parts": [{"ratio": "nan", "raw": "\\xff"}],
        "by": {"x": 1},
        "reasons": [
            {
                "kind": "env", "name": "$PGPASSWORD", "what": "changed", "old": "***",
                "new": "unset", "text": "variable `$PGPASSWORD` changed *** -> unset",
            }
        ],
    }  # fmt: skip


# -- one object -----------------------------------------------------------------------


def test_status_and_a_dry_run_tell_the_same_of_each_target(space: Space) -> None:
    space.jobfile(PAIR)
    space.build()
    space.replace("Jobfile.toml", "rate = 1", "rate = 2")

    status = one(space.run("status", "--json"))

    raw, page, both = status["targets"]
    assert raw == {
        "name": "raw", "family": "raw", "type": "shell", "state": "stale",
        "reasons": [
            {
                "kind": "param", "name": "rate", "what": "changed", "old": "1", "new": "2",
                "text": "param `rate` changed 1 -> 2",
            }
        ],
        "depends_on": [], "trouble": None, "run": None, "provisional": False, "claim": None,
    }  # fmt: skip
    assert (page["state"], page["depends_on"]) == ("may be stale", ["raw"])
    assert (both["type"], both["state"]) == ("group", "may be stale")
    ahead = one(space.run("build", "-n", "--json"))
    assert ahead.pop("estimate")["jobs"] > 0
    assert [target.pop("would_restore") for target in ahead["targets"]] == [False] * 3
    assert [target.pop("starts") for target in ahead["targets"]] == [""] * 3
    assert ahead == status
    space.run("status", "--json", "--check", code=1)


def test_why_adds_the_commands_old_and_new(space: Space) -> None:
    space.jobfile(PAIR)
    space.build()
    space.replace("Jobfile.toml", "cat {inputs}", "cat -n {inputs}")

    [page] = one(space.run("why", "--json", "page"))["targets"]

    assert page["command"] == {
        "old": "cat {inputs} > {outputs}",
        "new": "cat -n {inputs} > {outputs}",
    }
    assert [reason["kind"] for reason in page["reasons"]] == ["action"]
    [group] = one(space.run("why", "--json", "both"))["targets"]
    assert group["command"] == {"old": None, "new": None}


def test_list_tells_of_a_target_what_graph_tells(space: Space) -> None:
    space.jobfile(PAIR)

    listed = one(space.run("list", "--json"))["targets"]

    assert [target["name"] for target in listed] == ["raw", "page", "both"]
    assert listed == one(space.run("graph", "--json"))["targets"]


def test_clean_tells_what_went_and_what_stayed(space: Space) -> None:
    space.jobfile(PAIR)
    space.build()
    space.write("page.txt", "edited")

    told = one(space.run("clean", "-n", "--json"))
    assert [one["path"] for one in told.pop("kept")] == ["page.txt"]
    assert told == {"version": 1, "dry_run": True, "removed": ["raw.txt"]}
    assert space.exists("raw.txt")
    assert one(space.run("clean", "--json"))["dry_run"] is False
    assert not space.exists("raw.txt")


@pytest.mark.case("G19")
def test_no_secret_is_told(space: Space) -> None:
    space.jobfile(PAIR)
    told = space.run("build", "--json").out
    space.replace("Jobfile.toml", "s3cret", "t0psecret")
    for words in (["status"], ["why", "raw"], ["build", "-n"], ["graph", "--states"]):
        told += space.run(*words, "--json").out

    assert '"old": "***"' in told
    for secret in ("s3cret", "t0psecret", "scrypt"):
        assert secret not in told


def test_a_file_name_that_is_no_text_is_still_json(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\ninputs = ["in/*"]\n')
    space.write("in/x", "")
    space.build()
    with open(bytes(space.path("in")) + b"/\xff", "wb"):
        pass

    [target] = one(space.run("status", "--json"))["targets"]

    assert target["trouble"].endswith("is not UTF-8")
