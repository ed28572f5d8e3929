"""`jobmake what-if`: what a change would make stale, without making it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Space, without_times

JOBFILE = """
[params]
least = 2
[target.words]
run = "cat {inputs} $OTHER > {outputs}"
inputs = ["in.txt", "more/*.txt"]
outputs = ["build/words"]
env_inputs = ["OTHER"]
[target.count]
run = "wc -l < {inputs} > {outputs}; echo {params.least} >> {outputs}"
inputs = ["@words"]
outputs = ["build/count"]
[target.page]
run = "cat {inputs} > {outputs}"
inputs = ["build/count", "style/"]
outputs = ["build/page"]
[target.all]
needs = ["page"]
"""


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    for name in ("in.txt", "more/a.txt", "unread.txt"):
        space.write(name, name)
    space.path("style").mkdir()
    space.replace("Jobfile.toml", "cat {inputs} > {outputs}\"\ninputs = [\"build/count\"",
                  "cat build/count > {outputs}\"\ninputs = [\"build/count\"")  # fmt: skip
    space.build()
    return space


def told(space: Space, *changes: str) -> list[str]:
    return without_times(space.run("what-if", *changes).out).splitlines()


def stamps(space: Space) -> dict[str, tuple[int, int]]:
    """When each file and folder was last written, `.jobmake/` too."""
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in space.root.rglob("*")
    }


def test_a_changed_file_is_followed_to_the_end(built: Space) -> None:
    before = stamps(built)

    assert told(built, "file=in.txt") == [
        "would be stale words: input `in.txt` changed",
        "may be stale count: depends on `words`",
        "may be stale page: depends on `count`",
        "would be stale 1, may be stale 2",
    ]
    assert stamps(built) == before


def test_a_param_gets_another_value(built: Space) -> None:
    assert told(built, "params.least=3") == [
        "would be stale count: param `least` changed 2 -> 3",
        "may be stale page: depends on `count`",
        "would be stale 1, may be stale 1, up to date 1",
    ]


def test_a_variable_gets_another_value(built: Space) -> None:
    assert told(built, "env.OTHER=x")[0] == (
        'would be stale words: variable `$OTHER` changed unset -> "x"'
    )


def test_a_target_is_thought_of_as_run_with_other_bytes_as_result(built: Space) -> None:
    assert told(built, "target=words") == [
        "would be stale count: input `build/words` changed",
        "may be stale page: depends on `count`",
        "would be stale 1, may be stale 1, up to date 1",
    ]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("more/new.txt", "would be stale words: input `more/new.txt` is new"),
        ("./more/../in.txt", "would be stale words: input `in.txt` changed"),
        ("style/new.css", "would be stale page: input `style/` changed"),
        (
            "build/count",
            "would be stale count: output `build/count` was edited (the cache has its outputs)",
        ),
        ("unread.txt", "up to date 3"),
    ],
)
def test_files_that_match_are_made_or_are_read_by_nobody(
    built: Space, path: str, says: str
) -> None:
    assert told(built, f"file={path}")[0] == says


def test_several_changes_are_made_at_once_and_what_is_stale_anyway_is_marked(built: Space) -> None:
    built.write("more/a.txt", "edited")

    assert told(built, "params.least=3", "file=style/new") == [
        "would be stale words: input `more/a.txt` changed, as it is now",
        "would be stale count: param `least` changed 2 -> 3, as it is now",
        "would be stale page: input `style/` changed, as it is now",
        "would be stale 3",
    ]


def test_how_long_it_takes_is_told(built: Space) -> None:
    data: Any = json.loads(built.run("what-if", "params.least=3", "-j3", "--json").out)

    count, page = data["targets"]
    assert (data["version"], data["jobs"], data["changes"]) == (1, 3, ["params.least=3"])
    assert (count["name"], count["state"], count["already"]) == ("count", "stale", False)
    assert count["reasons"] == ["param `least` changed 2 -> 3"]
    assert (page["state"], page["depends_on"]) == ("may be stale", ["count"])
    assert data["seconds_at_least"] == count["seconds"]
    assert data["seconds_at_most"] == pytest.approx(count["seconds"] + page["seconds"])
    assert data["cpu_seconds"] == pytest.approx(count["cpu_seconds"] + page["cpu_seconds"])
    assert data["unknown"] == 0


@pytest.mark.parametrize(
    ("change", "says", "hint"),
    [
        ("file=inn.txt", "`inn.txt` is no file, and no target", "did you mean `in.txt`?"),
        ("params.leest=3", "there is no param `leest`", "did you mean `least`?"),
        ("env.OTHR=3", "no target reads the variable `OTHR`", "did you mean `OTHER`?"),
        ("target=word", "there is no target `word`", "did you mean `words`?"),
        ("target=all", "`all` is a group", "name one of its members"),
        ("least=3", "`least=3` is not a change", "write `params.NAME=VALUE`"),
        ("params.least", "`params.least` is not a change", "write `params.NAME=VALUE`"),
    ],
)
def test_a_change_that_cannot_be_is_an_error(
    built: Space, change: str, says: str, hint: str
) -> None:
    result = built.run("what-if", change, code=2)

    assert says in result.err
    assert f"hint: {hint}" in result.err
