"""What GitHub is to take for a command, and what not."""

from __future__ import annotations

import io

import pytest

from jobmake.model import events
from jobmake.model.state import Failure
from jobmake.reporters.github import GitHub, escaped, escaped_property
from jobmake.reporters.reporting import Reporting


def test_messages_and_properties_are_escaped_by_the_rules_of_the_format() -> None:
    text = "50%: a,b\r\nc"

    assert escaped(text) == "50%25: a,b%0D%0Ac"
    assert escaped_property(text) == "50%25%3A a%2Cb%0D%0Ac"


def test_a_failure_is_told_at_its_place() -> None:
    out = io.StringIO()
    reporter = GitHub(
        Reporting("github", "/srv/repo/a", stream=out, place=lambda _: ("x,y/Jobfile.toml", 7),
                  environ={"GITHUB_WORKSPACE": "/srv/repo"})
    )  # fmt: skip

    reporter.handle(events.TargetFailed("t[m=1]", Failure("50%\nof it", "try: again")))

    assert out.getvalue().splitlines()[-1] == (
        "::error file=a/x%2Cy/Jobfile.toml,line=7,title=target `t[m=1]` failed"
        "::50%25%0Aof it%0Ahint: try: again"
    )


@pytest.mark.parametrize("text", ["::add-mask::x\n", "a\n  ::debug::x\n", "a ##[error]b\n"])
def test_no_text_is_taken_for_a_command(text: str) -> None:
    out = io.StringIO()

    GitHub(Reporting("github", "/", stream=out)).write(text)

    first, *lines, last = out.getvalue().splitlines()
    assert first.startswith("::stop-commands::")
    assert lines == text.splitlines()
    assert last == f"::{first.removeprefix('::stop-commands::')}::"


def test_a_text_with_nothing_in_it_is_left_as_it_is() -> None:
    out = io.StringIO()

    GitHub(Reporting("github", "/", stream=out)).write("a::b # [x]\n")

    assert out.getvalue() == "a::b # [x]\n"
