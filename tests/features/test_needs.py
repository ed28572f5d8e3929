"""Who comes first, and what of it counts: `needs`, `after`, groups, and what to build."""

from __future__ import annotations

import pytest

from tests.support import Space, without_times

pytestmark = pytest.mark.usefixtures("no_cache")

NEEDS = """
[target.make]
run = "cp in.txt {outputs}"
inputs = ["in.txt"]
outputs = ["made.txt"]

[target.needy]
run = "cat made.txt > {outputs}"
needs = ["make"]
outputs = ["needy.txt"]

[target.later]
run = "cat made.txt > {outputs}"
after = ["make"]
outputs = ["later.txt"]
"""


@pytest.fixture
def built(space: Space) -> Space:
    """One target, one that needs it, one that only comes after it; all built once."""
    space.jobfile(NEEDS)
    space.write("in.txt", "1\n")
    space.build()
    return space


# -- needs and after -------------------------------------------------------------------------


def test_what_is_needed_comes_first_and_its_result_counts(built: Space) -> None:
    built.write("in.txt", "2\n")

    result = built.build()

    assert (result.built, result.fresh) == (["make", "needy"], ["later"])
    assert result.reason("needy") == "result of `make` changed"
    assert (built.read("needy.txt"), built.read("later.txt")) == ("2\n", "1\n")


def test_after_is_only_an_order(space: Space) -> None:
    space.jobfile(NEEDS)
    space.write("in.txt", "1\n")

    result = space.build("later")  # it could not read `made.txt` otherwise

    assert result.built == ["make", "later"]
    assert "result" not in space.read("Jobfile.lock")


def test_a_failure_blocks_those_that_need_it_and_those_that_come_after(built: Space) -> None:
    built.replace("Jobfile.toml", "cp in.txt {outputs}", "exit 3")

    result = built.build("-k", code=1)

    assert (result.failed, result.blocked) == (["make"], ["needy", "later"])
    assert result.built == result.fresh == []


@pytest.mark.case("A17")
def test_a_need_that_comes_or_goes_is_a_reason_and_an_after_is_none(built: Space) -> None:
    built.replace("Jobfile.toml", 'after = ["make"]', 'needs = ["make"]')
    assert built.build().built == ["later"]
    assert built.run("why", "later").out.startswith("later is up to date since ")

    built.replace("Jobfile.toml", 'needs = ["make"]', "")
    result = built.build("-j1")
    assert (result.built, result.fresh) == (["needy", "later"], ["make"])

    built.replace("Jobfile.toml", "[target.later]", '[target.later]\nafter = ["make", "needy"]')
    assert built.build().built == []


@pytest.mark.parametrize("way", ["{root}/made.txt", "../project/made.txt", "{root}/*.txt"])
def test_a_way_round_to_a_file_of_the_project_is_refused(built: Space, way: str) -> None:
    way = way.replace("{root}", str(built.root))
    built.replace("Jobfile.toml", 'after = ["make"]', f'inputs = ["{way}"]')

    result = built.build(code=2)  # nobody would see who makes it

    assert result.err.startswith(f"error: input `{way}` is in the project's folder\n")
    assert result.err.endswith(f"hint: write it as `{way.rpartition('/')[2]}`\n")


# -- groups ----------------------------------------------------------------------------------

GROUPS = """
[project]
default = ["all"]

[target.all]
needs = ["left", "right"]

[target.left]
run = "cat {inputs} > {outputs}"
inputs = ["left.txt"]
outputs = ["left.out"]

[target.right]
run = "cat {inputs} > {outputs}"
inputs = ["right.txt"]
outputs = ["right.out"]

[target.other]
run = "echo other > {outputs}"
outputs = ["other.out"]

[target.user]
run = "cat left.out right.out > {outputs}"
needs = ["all"]
outputs = ["user.out"]
"""


@pytest.fixture
def groups(space: Space) -> Space:
    """A group of two, which is the default, its user, and one that stands alone."""
    space.jobfile(GROUPS)
    space.write("left.txt", "l\n")
    space.write("right.txt", "r\n")
    return space


def test_a_bare_build_builds_the_default_and_what_it_needs(groups: Space) -> None:
    assert groups.build("-j1").built == ["left", "right"]
    assert groups.run("status").out == "up to date: 2 targets\n"

    groups.replace("Jobfile.toml", 'default = ["all"]', "")
    assert sorted(groups.build().built) == ["other", "user"]


def test_a_group_stands_for_its_members(groups: Space) -> None:
    assert groups.build("-j1", "user").built == ["left", "right", "user"]

    groups.write("right.txt", "R\n")
    result = groups.build("user")

    assert (result.built, result.fresh) == (["right", "user"], ["left"])
    assert result.reason("user") == "result of `all` changed"
    assert groups.read("user.out") == "l\nR\n"


def test_another_member_changes_the_result_of_a_group(groups: Space) -> None:
    groups.build("user")

    groups.replace("Jobfile.toml", '["left", "right"]', '["left", "right", "other"]')

    assert groups.build("user").built == ["other", "user"]


def test_what_a_group_only_comes_after_is_none_of_its_members(groups: Space) -> None:
    groups.replace("Jobfile.toml", '["left", "right"]', '["left"]\nafter = ["right"]')
    assert groups.build("-j1", "user").built == ["left", "right", "user"]

    groups.write("right.txt", "R\n")

    assert without_times(groups.run("build", "-n", "user").out) == (
        "would run right: input `right.txt` changed\nwould run 1, up to date 2\n"
    )
    assert groups.build("user").built == ["right"]


def test_a_target_that_becomes_a_group_leaves_no_record(groups: Space) -> None:
    groups.build("other")
    groups.replace("Jobfile.toml", 'run = "echo other > {outputs}"\noutputs = ["other.out"]',
                   'needs = ["left"]')  # fmt: skip
    groups.build("other")
    assert "target.other" not in groups.read("Jobfile.lock")


# -- what to build ---------------------------------------------------------------------------


def test_building_one_target_builds_only_what_it_needs(built: Space) -> None:
    built.write("in.txt", "2\n")

    assert built.build("make").built == ["make"]
    assert built.read("needy.txt") == "1\n"
    assert built.build().built == ["needy"]


@pytest.mark.parametrize("word", ["needy", "needy.txt", "./needy.txt"])
def test_a_target_is_named_by_its_name_or_its_output(built: Space, word: str) -> None:
    assert built.build(word).fresh == ["make", "needy"]


def test_a_folder_is_named_with_or_without_its_slash_and_by_what_is_in_it(space: Space) -> None:
    space.jobfile("""
        [target.tree]
        run = "mkdir -p {outputs}/in && touch {outputs}/in/file"
        outputs = ["out/tree/"]
        [target.parts]
        run = "touch out/parts/1.txt"
        outputs = ["out/parts/*.txt"]
    """)
    assert space.build("out/tree").built == ["tree"]
    assert space.build("out/tree/").fresh == ["tree"]
    assert space.build("out/parts").built == ["parts"]


def test_a_name_that_nothing_has_gets_a_hint(built: Space) -> None:
    assert built.build("nedy", code=2).err == (
        "error: there is no target `nedy`\nhint: did you mean `needy`?\n"
    )
    assert built.build("nothing.txt", code=2).err == (
        "error: there is no target `nothing.txt`\nhint: `jobmake list` shows the targets\n"
    )


# -- instances -------------------------------------------------------------------------------

INSTANCES = """
[target.prepare]
run = "echo {matrix.lang} > {outputs}"
outputs = ["{matrix.lang}.txt"]
matrix.lang = ["de", "fr"]

[target.train]
run = "cat {matrix.lang}.txt > {outputs}; echo {matrix.seed} >> {outputs}"
needs = ["prepare[lang={matrix.lang}]"]
outputs = ["{matrix.lang}-{matrix.seed}.out"]
matrix = { lang = ["de", "fr"], seed = [1, 2] }
"""


def test_an_instance_needs_the_instance_that_it_names(space: Space) -> None:
    space.jobfile(INSTANCES)

    result = space.build("-j1", "train[lang=de,seed=2]")

    assert result.built == ["prepare[lang=de]", "train[lang=de,seed=2]"]
    assert space.read("de-2.out") == "de\n2\n"
    assert sorted(space.build("train").built) == [
        "prepare[lang=fr]",
        "train[lang=de,seed=1]",
        "train[lang=fr,seed=1]",
        "train[lang=fr,seed=2]",
    ]


def test_a_need_that_names_no_instance_is_an_error(space: Space) -> None:
    space.jobfile(INSTANCES.replace('lang = ["de", "fr"], seed', 'lang = ["de", "it"], seed'))
    assert space.build(code=2).err.startswith(
        "error: target `train` needs `prepare[lang=it]`, which is not in the Jobfile\n"
    )
