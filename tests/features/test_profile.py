"""Profiles: tables laid over the Jobfile's, chosen with `--profile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.features.test_jobfile_errors import check
from tests.jobfile import rig
from tests.support import Space

if TYPE_CHECKING:
    from pathlib import Path

JOBFILE = """
[project]
default = ["big"]
params_files = ["params.toml"]
[params]
size = 1000
model = { depth = 4, seed = 7 }
[profile.ci]
params = { size = 10, model = { depth = 1 } }
project = { default = ["small"] }
[profile.shell.project]
shell = "bash -eo pipefail"
[target.big]
run = "echo big {params.size}"
[target.small]
run = "echo small {params.size} {params.model.depth} {params.model.seed} {params.file}"
"""


def test_a_profile_is_laid_over_the_jobfile(space: Space) -> None:
    space.write("params.toml", 'file = "f"\nsize = 1\n')
    space.jobfile(JOBFILE)

    assert space.build().out == "big 1000\n"
    assert space.build("--profile", "ci").out == "small 10 1 7 f\n"
    assert space.run("--profile", "ci", "build", "-D", "size=5").out == "small 5 1 7 f\n"
    assert space.build(env={"JOBMAKE_PROFILE": "ci"}).out == "small 10 1 7 f\n"


def test_pools_and_cache_of_a_profile(tmp_path: Path) -> None:
    text = """
[pools]
gpu = 4
licence = 2
[cache]
enabled = true
size = "1 GiB"
[profile.ci]
pools = { gpu = 1, memory = "1 KiB" }
cache = { enabled = false }
[target.a]
run = "true"
"""
    plain, chosen = rig.load(tmp_path, text), rig.load(tmp_path, text, profile="ci")
    assert plain.pools == {"gpu": 4, "licence": 2}
    assert chosen.pools == {"gpu": 1, "licence": 2, "memory": 1024}
    assert chosen.cache == {"enabled": False, "size": "1 GiB"}


def test_a_profile_may_include_a_jobfile(space: Space) -> None:
    space.write("more/j.toml", '[target.t]\nrun = "echo more"\n')
    space.jobfile('[profile.more.project]\ninclude = ["more/j.toml"]\n[target.a]\nrun = ":"\n')
    assert space.run("list").out.split() == ["a"]
    assert space.run("list", "--profile", "more").out.split() == ["a", "more/t"]


def test_an_unknown_profile_is_wrong_usage(space: Space) -> None:
    space.write("params.toml", "")
    space.jobfile(JOBFILE)
    for name, hint in (("cii", "did you mean `ci`?"), ("xyz", "there are `ci`, `shell`")):
        error = space.build("--profile", name, code=2).err
        assert error == f"error: there is no profile `{name}`\nhint: {hint}\n"


def test_a_profile_is_checked_though_it_is_not_chosen(space: Space) -> None:
    check(
        space,
        """
[target.a]
run = "true"
[profile.ci]
param = { x = 1 }
^^^^^ unknown key `param` of profile `ci`
hint: did you mean `params`?
pools = { gpu = "many" }
                ^^^^^^ `pools` must be a number from 0 on, not a text
project = { defalt = ["a"], include = "x" }
            ^^^^^^ unknown key `defalt`
hint: did you mean `default`?
                                      ^^^ `include` must be a list of texts, not a text
hint: write `["x"]`
cache = { size = "big" }
                 ^^^^^ `size` must be a size
hint: for example `500 MB`, `2 GiB`
[profile]
x = 5
^ `profile.x` must be a table
hint: write `[profile.x.params]`
""",
    )


def test_the_place_of_what_a_profile_sets_is_in_the_profile(space: Space) -> None:
    space.jobfile('[target.a]\nrun = ":"\n[profile.ci.project]\ndefault = ["b"]\n')
    space.run("list")
    error = space.run("list", "--profile", "ci", code=2).err
    assert "  --> Jobfile.toml:4\n" in error
