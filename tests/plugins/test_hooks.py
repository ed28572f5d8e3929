"""The manual's list of hooks is that of the code, with the arguments of each."""

from __future__ import annotations

import inspect

from jobmake import hookspecs
from jobmake.jobfile.plugged import JobfileView
from jobmake.plugins.registry import SETS
from tests.documents import PAGES, first_codes, table

PAGE = PAGES["docs/10-plugins.md"]
HOOKS = {name: one for name, one in vars(hookspecs).items() if name.startswith("jobmake_")}


def test_every_hook_is_told_with_its_arguments_and_no_other() -> None:
    told = [row[0].strip("`") for row in table(PAGE, "hook")]
    assert told == [f"{name}({', '.join(inspect.signature(one).parameters)})"
                    for name, one in HOOKS.items()]  # fmt: skip


def test_every_hook_says_when_it_is_called_and_what_it_returns() -> None:
    for one in HOOKS.values():
        assert one.__doc__
        assert one.__doc__.startswith("Return ")
        assert "alled " in one.__doc__
        assert one.__annotations__["return"]


def test_every_set_has_its_hook() -> None:
    asked = {hook for hook, _, _ in SETS.values()}
    assert asked | {"jobmake_targets", "jobmake_codecs"} == HOOKS.keys()


def test_all_that_a_plugin_sees_of_the_jobfile_is_told() -> None:
    told = {code.partition("(")[0] for code in first_codes(PAGE, "of `jobfile`")}
    assert told == {name for name in dir(JobfileView) if name[0] != "_"} - {"matching"}
