"""Checks of others: with settings, with facts of the world outside, with reasons of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jobmake import FactCheck, Fault, Reason, TargetError
from jobmake.model.decision import Stale
from jobmake.model.errors import JobfileError
from tests.checks.rig import build, opened, outlook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import Target
    from tests.support import Space


class Tag(FactCheck):
    """What a file outside says: it stands for a server."""

    name = "tag"

    def validate(self, settings: Mapping[str, Any]) -> Iterator[Fault]:
        if "of" not in settings:
            yield Fault((), "needs the setting `of`", "`of` is a path")
        elif not isinstance(settings["of"], str):
            yield Fault(("of",), "has an `of` that is no text")
        for name in settings.keys() - {"of", "token", "level"}:
            yield Fault((name,), f"has no setting `{name}`", of_name=True)

    def facts(self, target: Target, files: FileView) -> Mapping[str, str]:
        found = json.loads(files.read(target.check_settings["tag"]["of"]))
        if not isinstance(found, dict):
            raise TargetError(f"the server says {found!r}", "ask its owner")
        return found


class Recent:
    """Has no facts, but reasons of its own."""

    name = "recent"

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        if files.environ.get("LATE"):
            yield Reason("it", "", f"is late: {', '.join((*files.inputs, *files.sources))}")


JOBFILE = """
[params]
place = "tag.json"

[target.t]
run = "cp in.txt {outputs}"
inputs = ["in.txt"]
sources = ["src/"]
outputs = ["out.txt"]
check = CHECK
"""
ALONE = '{ type = "tag", of = "{params.place}" }'
BOTH = '["content", { type = "tag", of = "{params.place}" }]'


def begin(space: Space, check: str = BOTH) -> None:
    space.jobfile(JOBFILE.replace("CHECK", check))
    space.write("in.txt", "x")
    space.write("src/a.py", "x")
    space.write("tag.json", '{"": "a"}')


def problem(space: Space) -> tuple[str, str | None, int | None, str]:
    """The one thing that is wrong with a Jobfile: message, hint, line, what is underlined."""
    with pytest.raises(JobfileError) as error:
        opened(space, Tag(), Recent())
    [one] = error.value.problems
    return one.message, one.hint, one.line, one.source[one.column : one.column + one.width]


# -- facts -------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [ALONE, BOTH])
def test_a_fact_that_changed_is_a_reason(space: Space, check: str) -> None:
    begin(space, check)
    assert build(opened(space, Tag())).ran == ["t"]
    assert build(opened(space, Tag())).fresh == ["t"]

    space.write("tag.json", '{"": "b"}')
    told = build(opened(space, Tag()))

    assert told.reasons["t"] == ['check `tag` changed "a" -> "b"']
    assert build(opened(space, Tag())).fresh == ["t"]


def test_facts_are_recorded_by_name(space: Space) -> None:
    begin(space)
    space.write("tag.json", '{"commit": "c1", "size": "7"}')
    build(opened(space, Tag()))

    assert '[target.t.checks]\n"tag.commit" = "c1"\n"tag.size" = "7"\n' in space.read(
        "Jobfile.lock"
    )
    space.write("tag.json", '{"commit": "c1", "age": "1"}')
    assert build(opened(space, Tag())).reasons["t"] == [
        'check `tag.age` is new: "1"',
        'check `tag.size` is gone: was "7"',
    ]


def test_with_facts_alone_only_they_count(space: Space) -> None:
    begin(space, ALONE)
    build(opened(space, Tag()))
    space.write("in.txt", "other")

    assert build(opened(space, Tag())).fresh == ["t"]
    space.path("out.txt").unlink()
    assert build(opened(space, Tag())).reasons["t"] == ["output `out.txt` is missing"]


def test_a_fact_is_in_the_key_of_the_cache(space: Space) -> None:
    begin(space)
    for tag, expected in (("a", "ran"), ("b", "ran"), ("a", "restored")):
        space.write("tag.json", json.dumps({"": tag}))
        assert getattr(build(opened(space, Tag(), cache=True)), expected) == ["t"]
    assert build(opened(space, Tag(), cache=True)).fresh == ["t"]


def test_a_fact_that_moves_during_the_run_makes_it_run_again(space: Space) -> None:
    begin(space)
    space.write(
        "move.sh", 'cp in.txt "$1"; n=$(wc -c < tag.json); echo "{\\"\\": \\"$n\\"}" > tag.json'
    )
    space.replace("Jobfile.toml", "cp in.txt", "sh move.sh")
    space.write("tag.json", '{"": "none"}')

    told = build(opened(space, Tag()))

    assert told.ran == ["t", "t"]
    assert told.reasons["t"] == ["it must run again: `tag` changed while it ran"]


def test_a_check_that_cannot_know_makes_its_target_fail_and_no_other(space: Space) -> None:
    begin(space)
    space.write("tag.json", "503")

    told = build(opened(space, Tag()))

    assert told.failed == {"t": "the server says 503"}
    assert outlook(opened(space, Tag()), "t").trouble == "the server says 503"


def test_a_fact_must_be_a_text(space: Space) -> None:
    begin(space)
    space.write("tag.json", '{"size": 7}')

    assert build(opened(space, Tag())).failed == {
        "t": "its check `tag` gave a fact that is no text: `7`"
    }


# -- reasons of its own ------------------------------------------------------------------


def test_a_check_sees_files_and_environment(space: Space) -> None:
    begin(space, '["content", "recent"]')
    build(opened(space, Recent()))
    assert build(opened(space, Recent())).fresh == ["t"]

    assert build(opened(space, Recent(), LATE="1")).reasons["t"] == ["it is late: in.txt, src/"]


# -- settings ----------------------------------------------------------------------------


def test_a_param_in_a_setting_is_tracked(space: Space) -> None:
    begin(space)
    build(opened(space, Tag()))
    space.write("other.json", '{"": "a"}')
    space.replace("Jobfile.toml", '"tag.json"', '"other.json"')

    assert build(opened(space, Tag())).reasons["t"] == [
        'param `place` changed "tag.json" -> "other.json"'
    ]


def test_a_variable_in_a_setting_is_tracked_and_must_be_set(space: Space) -> None:
    begin(space, '["content", { type = "tag", of = "{env.TAGS}/tag.json" }]')

    told = build(opened(space, Tag()))
    assert told.failed == {
        "t": "a setting of its `check`: `{env.TAGS}`: the variable `TAGS` is not set"
    }

    build(opened(space, Tag(), TAGS="."))
    space.write("more/tag.json", '{"": "a"}')
    assert build(opened(space, Tag(), TAGS="more")).reasons["t"] == [
        'variable `$TAGS` changed "." -> "more"'
    ]


def test_instances_have_settings_of_their_own(space: Space) -> None:
    begin(space, '["content", { type = "tag", of = "{matrix.n}.json", level = "{matrix.n}" }]')
    space.replace("Jobfile.toml", '["out.txt"]', '["out{matrix.n}.txt"]\nmatrix = { n = [1, 2] }')
    for n in "12":
        space.write(f"{n}.json", '{"": "a"}')
    build(opened(space, Tag()))

    space.write("2.json", '{"": "b"}')

    assert build(opened(space, Tag())).ran == ["t[n=2]"]


@pytest.mark.parametrize(
    ("check", "said", "hint", "at"),
    [
        ('"tog"', "there is no check `tog`", "did you mean `tag`?", "tog"),
        ('["content", { type = "tog" }]', "there is no check `tog`", "did you mean `tag`?", "tog"),
        ('"tag"', "check `tag` needs the setting `of`", "`of` is a path", '"tag"'),
        ('[{ type = "tag", of = 3 }]', "check `tag` has an `of` that is no text", None, "3"),
        ('[{ type = "tag", of = "x", off = 3 }]', "check `tag` has no setting `off`", None, "off"),
        (
            '[{ type = "timestamps", of = 1 }]',
            "check `timestamps` has no setting `of`", "it has none at all", "of",
        ),
        ('["recent", "recent"]', "the check `recent` is named twice", "leave one out", '"recent"'),
        ("[]", "`check` is an empty list",
         '`"exists"` is the least that a target can ask for', "[]"),
        ("[3]", "`check` must hold names of checks, or tables with a `type`, not an integer",
         'for example `["content", "timestamps"]`', "3"),
        ("[{ of = 1 }]", "`check` has a table without a `type`", "`type` is the name of the check",
         "{ of = 1 }"),
        ('"max_age"', "the check `max_age` needs the key `max_age`", "say how old", '"max_age"'),
        ('"own"', "there is no check `own`",
         "a Job with `is_up_to_date` or `are_states_equal` is asked by itself", "own"),
        (
            '[{ type = "tag", of = "{inputs}" }]', "`{inputs}` cannot stand in a setting",
            "it may use `{params.…}`, `{matrix.…}`, `{each.…}`, `{env.…}`", "{inputs}",
        ),
        (
            '[{ type = "tag", of = "{params.plac}" }]', "`{params.plac}`: there is no param `plac`",
            "did you mean `place`?", "{params.plac}",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(
    space: Space, check: str, said: str, hint: str | None, at: str
) -> None:
    begin(space, check)

    assert problem(space) == (said, hint, 10, at)


def test_secrets_in_settings_are_masked(space: Space) -> None:
    from jobmake.engine.portrait import as_json, portraits

    begin(space, '["content", { type = "tag", of = "tag.json", token = "hush" }]')
    project = opened(space, Tag())

    [one] = portraits(project.judge(), project.past_runs(), ["t"])

    assert as_json(one)["checks"] == [
        {"name": "content", "settings": {}},
        {"name": "tag", "settings": {"of": "tag.json", "token": "***"}},
    ]


# -- the project's checks ------------------------------------------------------------------


def test_the_projects_check_is_for_all_that_have_none(space: Space) -> None:
    begin(space)
    text = '[target.two]\nrun = "touch {outputs}"\noutputs = ["two"]\n'
    space.write("sub/Jobfile.toml", text.replace("two", "three"))
    space.write(
        "own/Jobfile.toml", '[project]\ncheck = ["content"]\n' + text.replace("two", "four")
    )
    space.write(
        "Jobfile.toml",
        '[project]\ncheck = ["exists"]\ninclude = ["sub/Jobfile.toml", "own/Jobfile.toml"]\n'
        '[profile.late.project]\ncheck = "recent"\n' + space.read("Jobfile.toml") + text,
    )

    targets = opened(space, Tag(), Recent()).graph.targets

    assert {name: one.checks for name, one in targets.items()} == {
        "t": ("content", "tag"),
        "two": ("exists",),
        "sub/three": ("exists",),
        "own/four": ("content",),
    }


def test_an_unknown_check_of_the_project_is_told_once(space: Space) -> None:
    space.jobfile(
        '[project]\ncheck = "contend"\n'
        '[target.a]\nrun = "touch a"\noutputs = ["a"]\n'
        '[target.b]\nrun = "touch b"\noutputs = ["b"]\n'
    )

    assert problem(space) == (
        "there is no check `contend`",
        "did you mean `content`?",
        2,
        "contend",
    )


def test_always_and_max_age_add_their_check(space: Space) -> None:
    space.jobfile(
        '[target.a]\nrun = "touch a"\noutputs = ["a"]\n'
        'check = "exists"\nmax_age = "1h"\nalways = true\n'
    )
    assert opened(space).graph.targets["a"].checks == ("exists", "always", "max_age")

    build(opened(space))
    forecast = outlook(opened(space), "a").forecast

    assert isinstance(forecast, Stale)
    assert [str(one) for one in forecast.reasons] == ["it always runs"]
