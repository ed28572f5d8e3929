"""The check `git`, in real repositories."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from jobmake_plugins.git import Git

from tests.plugins.shipped import Checked

if TYPE_CHECKING:
    from tests.support import Space

ME = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always"]


def git(space: Space, *words: str, at: str = ".") -> str:
    folder = space.path(at)
    # what tests are started from, perhaps a hook of git, is none of theirs
    environ = {name: one for name, one in os.environ.items() if not name.startswith("GIT_")}
    environ |= {"GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", *ME, *words], cwd=folder, env=environ, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(space: Space, at: str = ".") -> None:
    git(space, "add", "-A", at=at)
    git(space, "commit", "-q", "--allow-empty", "-m", "x", at=at)


@pytest.fixture
def library(space: Space) -> Checked:
    """A project, no repository itself, with one in `vendor/lib` that has two folders."""
    space.write("vendor/lib/src/a.c", "int a;\n")
    space.write("vendor/lib/doc/a.txt", "a\n")
    git(space, "init", "-q", "-b", "main", at="vendor/lib")
    commit(space, "vendor/lib")
    return Checked(space, Git(), 'path = "vendor/lib"')


def test_another_tree_makes_stale_and_another_commit_of_it_does_not(library: Checked) -> None:
    library.build()
    assert not library.is_stale
    commit(library.space, "vendor/lib")
    assert not library.is_stale

    library.space.write("vendor/lib/src/a.c", "int b;\n")
    commit(library.space, "vendor/lib")

    said = r'check `git` changed "[0-9a-f]{40}" -> "[0-9a-f]{40}"'
    assert re.fullmatch(said, library.reason())
    assert not library.is_stale


def test_of_a_folder_only_its_own_tree_counts(library: Checked) -> None:
    library.space.replace("Jobfile.toml", "vendor/lib", "vendor/lib/src")
    library.build()
    library.space.write("vendor/lib/doc/a.txt", "b\n")
    assert not library.is_stale
    commit(library.space, "vendor/lib")
    assert not library.is_stale

    library.space.write("vendor/lib/src/a.c", "int b;\n")
    commit(library.space, "vendor/lib")

    assert library.is_stale


def test_a_path_may_be_a_file(library: Checked) -> None:
    library.space.replace("Jobfile.toml", "vendor/lib", "vendor/lib/src/a.c")
    library.build()
    library.space.write("vendor/lib/src/b.c", "int b;\n")
    assert not library.is_stale

    library.space.write("vendor/lib/src/a.c", "int b;\n")

    assert library.is_stale


def test_the_commit_counts_where_it_is_asked_for(library: Checked) -> None:
    library.space.replace("Jobfile.toml", 'lib"', 'lib", of = "commit"')
    library.build()

    commit(library.space, "vendor/lib")

    head = git(library.space, "rev-parse", "HEAD", at="vendor/lib")
    assert library.reason().endswith(f'-> "{head}"')


def test_edits_count_until_they_are_other_ones(library: Checked) -> None:
    library.build()
    library.space.write("vendor/lib/src/a.c", "int b;\n")
    assert library.reason().startswith("check `git.edits` is new")
    assert not library.is_stale

    library.space.write("vendor/lib/src/new.c", "int c;\n")
    assert library.reason().startswith("check `git.edits` changed")
    library.space.write("vendor/lib/src/new.c", "int d;\n")
    assert library.reason().startswith("check `git.edits` changed")
    library.space.write("vendor/lib/.gitignore", "*.o\n")
    library.build()
    library.space.write("vendor/lib/src/a.o", "x")
    assert not library.is_stale


def test_edits_can_be_ignored_or_refused(library: Checked) -> None:
    library.space.write("vendor/lib/src/a.c", "int b;\n")
    library.ask('path = "vendor/lib", dirty = "fail"')

    assert library.trouble() == (
        "`vendor/lib` has edits that are not committed",
        'commit them, or write `dirty = "stale"` for the check `git`',
    )
    library.ask('path = "vendor/lib", dirty = "ignore"')
    library.build()
    library.space.write("vendor/lib/src/a.c", "int c;\n")
    assert not library.is_stale


def test_edits_of_a_submodule_count(library: Checked) -> None:
    git(library.space, "init", "-q", at="vendor")
    git(library.space, "submodule", "-q", "add", "./lib", at="vendor")
    commit(library.space, "vendor")
    library.ask('path = "vendor"')
    library.build()
    assert not library.is_stale

    for text in ("int b;\n", "int c;\n"):
        library.space.write("vendor/lib/src/a.c", text)
        assert library.is_stale
        assert not library.is_stale


def test_what_a_build_writes_is_no_edit(space: Space) -> None:
    target = Checked(space, Git(), 'path = "."')
    git(space, "init", "-q")
    commit(space)

    assert target.is_stale
    assert not target.is_stale
    git(space, "add", "Jobfile.lock")
    git(space, "commit", "-q", "-m", "lock")
    assert target.is_stale, "the tree is another one"
    assert not target.is_stale


def test_another_ref(library: Checked) -> None:
    git(library.space, "tag", "v1", at="vendor/lib")
    library.space.replace("Jobfile.toml", 'lib"', 'lib", ref = "v1"')
    library.build()
    library.space.write("vendor/lib/src/a.c", "int b;\n")
    commit(library.space, "vendor/lib")
    assert not library.is_stale

    git(library.space, "tag", "-f", "v1", at="vendor/lib")

    assert library.is_stale


def test_a_submodule(library: Checked) -> None:
    git(library.space, "init", "-q")
    git(library.space, "submodule", "-q", "add", str(library.space.path("vendor/lib")), "lib")
    commit(library.space)
    library.space.replace("Jobfile.toml", "vendor/lib", "lib")
    library.build()
    assert not library.is_stale

    library.space.write("lib/src/a.c", "int b;\n")
    commit(library.space, "lib")
    assert library.is_stale

    git(library.space, "submodule", "-q", "deinit", "-f", "lib")
    message, hint = library.trouble()
    assert message == "git has no `lib` at `HEAD`"
    assert "`git submodule update --init` fetches submodules" in hint


def test_a_hook_that_jobmake_is_started_from_says_nothing(library: Checked) -> None:
    library.build()

    told = library.build(GIT_DIR=str(library.space.path("no/.git")), GIT_INDEX_FILE="no/index")

    assert told.fresh == ["t"]


def test_the_index_is_not_written(library: Checked) -> None:
    index = library.space.path("vendor/lib/.git/index")
    before = index.read_bytes()
    os.utime(library.space.path("vendor/lib/src/a.c"), ns=(1, 1))

    library.build()

    assert index.read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "said", "told"),
    [
        ('path = "no"', "`no`, of which the check `git` asks, does not exist", ""),
        ('path = "vendor"', "`vendor` is in no git repository", "a folder or file of a repository"),
        ('path = "vendor/lib", ref = "v9"', "git has no `vendor/lib` at `v9`", "the ref fetched?"),
        (
            'path = "vendor/lib", ref = "v9", of = "commit"',
            "git has no `vendor/lib` at `v9`",
            "the ref fetched?",
        ),
        ('path = "vendor/lib/new"', "git has no `vendor/lib/new` at `HEAD`", "is it committed"),
    ],
)
def test_what_git_does_not_have(library: Checked, settings: str, said: str, told: str) -> None:
    library.space.write("vendor/lib/new", "x")
    library.ask(settings)

    message, hint = library.trouble()

    assert message == said
    assert told in hint


def test_without_git(library: Checked) -> None:
    nowhere = str(library.space.path("bin"))

    assert library.trouble(PATH=nowhere) == (
        "there is no `git`",
        "install it, or put it on the PATH",
    )


def test_a_ref_is_no_option(library: Checked) -> None:
    library.ask('path = "vendor/lib", ref = "--all"')

    assert library.problem() == (
        "check `git` has a `ref` that begins with `-`",
        "it is a branch, tag, commit",
        4,
    )
