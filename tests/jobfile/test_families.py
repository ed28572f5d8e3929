"""Families over files: known at once, or opened when what makes their files is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from jobmake.model.errors import JobfileError
from tests.jobfile import rig

if TYPE_CHECKING:
    from pathlib import Path

    from jobmake.jobfile.load import LoadedJobfile


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


def inputs(loaded: LoadedJobfile, name: str) -> list[str]:
    return [one.shown for one in loaded.graph.targets[name].inputs]


def outputs(loaded: LoadedJobfile, name: str) -> list[str]:
    return [one.shown for one in loaded.graph.targets[name].outputs]


# -- static ---------------------------------------------------------------------------------

COMPILE = """
[target.compile]
run = "cc {each.src} -o {outputs}"
inputs = ["{each.src}"]
outputs = ["build/{each.src.parent}/{each.src.stem}.o"]
each = { src = ["src/*.c", "src/**/*.[ch]", "main.c"] }
"""


def test_there_is_an_instance_per_file_sorted_and_once(tmp_path: Path) -> None:
    put(tmp_path, "src/b.c", "src/a.c", "src/deep/x.tar.h", "main.c", "src/no.txt")

    loaded = rig.load(tmp_path, COMPILE)

    assert loaded.graph.families["compile"] == (
        'compile[src=main.c]', 'compile[src="src/a.c"]', 'compile[src="src/b.c"]',
        'compile[src="src/deep/x.tar.h"]',
    )  # fmt: skip
    assert inputs(loaded, 'compile[src="src/a.c"]') == ["src/a.c"]
    assert outputs(loaded, 'compile[src="src/deep/x.tar.h"]') == ["build/src/deep/x.tar.o"]
    assert outputs(loaded, "compile[src=main.c]") == ["build/main.o"]
    assert loaded.graph.targets["compile[src=main.c]"].matrix == (("src", "main.c"),)
    assert loaded.graph.unopened == frozenset()
    assert loaded.as_known() is loaded


def test_each_and_matrix_multiply(tmp_path: Path) -> None:
    put(tmp_path, "a.in", "b.in", "x/1", "x/y/2")
    loaded = rig.load(
        tmp_path,
        """
[target.t]
run = "true"
matrix = { n = [1, 2] }
each = { i = "*.in", x = "x/" }
""",
    )
    names = loaded.graph.families["t"]
    assert len(names) == 8
    assert names[0] == 't[i=a.in,n=1,x="x/1"]'
    assert names[-1] == 't[i=b.in,n=2,x="x/y/2"]'


def test_a_file_with_letters_of_a_glob_in_its_name_is_that_file_only(tmp_path: Path) -> None:
    put(tmp_path, "a[1].in", "a1.in", "b*.in")
    loaded = rig.load(
        tmp_path,
        """
[target.t]
run = "true"
inputs = ["{each.i}", "{each.i.stem}.*"]
outputs = ["out/{each.i.name}"]
each = { i = "*.in" }
""",
    )
    name = 't[i="a[1].in"]'
    kinds = [(one.kind, one.path) for one in loaded.graph.targets[name].inputs]
    assert kinds == [("file", "a[1].in"), ("glob", "a[[]1].*")]
    assert outputs(loaded, name) == ["out/a[1].in"]


def test_plain_outputs_are_known_before_they_are_made(tmp_path: Path) -> None:
    put(tmp_path, "made/by-hand.csv")
    loaded = rig.load(
        tmp_path,
        """
[target.make]
run = "true"
matrix = { n = [1, 2] }
outputs = { table = "made/{matrix.n}.csv", log = "made/{matrix.n}.log" }
[target.use]
run = "true"
inputs = ["{each.x}"]
each = { x = "@make:table" }
[target.glob]
run = "true"
each = { x = "made/*.csv" }
[target.one]
run = "true"
each = { x = "@make[n=2]" }
""",
    )
    graph = loaded.graph
    assert graph.unopened == frozenset()
    assert graph.families["use"] == ('use[x="made/1.csv"]', 'use[x="made/2.csv"]')
    assert graph.needs['use[x="made/2.csv"]'] == ("make[n=2]",)
    assert graph.families["glob"] == (
        'glob[x="made/1.csv"]', 'glob[x="made/2.csv"]', 'glob[x="made/by-hand.csv"]',
    )  # fmt: skip
    # it declares no such input, yet comes after the maker
    assert graph.targets['glob[x="made/1.csv"]'].after == ("make[n=1]",)
    assert graph.needs['glob[x="made/by-hand.csv"]'] == ()
    assert graph.families["one"] == ('one[x="made/2.csv"]', 'one[x="made/2.log"]')


def test_what_instances_make_themselves_is_no_match_of_their_glob(tmp_path: Path) -> None:
    put(tmp_path, "d/a.csv", "d/a.sum.csv", "d/a.sum.sum.csv", "d/b.csv")
    loaded = rig.load(
        tmp_path,
        """
[target.sum]
run = "true"
inputs = ["{each.x}"]
outputs = ["d/{each.x.stem}.sum.csv"]
each = { x = "d/*.csv" }
""",
    )
    assert loaded.graph.families["sum"] == ('sum[x="d/a.csv"]', 'sum[x="d/b.csv"]')


def test_what_is_wrong_with_each_is_told(tmp_path: Path) -> None:
    put(tmp_path, "a.in")
    assert rig.messages(
        tmp_path,
        """
[target.none]
run = "true"
each = { x = ["*.in", "*.none", "gone.txt", "empty/"] }
[target.parts]
run = "cat {each.x.nam} {each.y} {each.x.stem.y}"
each = { x = "*.in" }
[target.unknown]
run = "true"
each = { x = "@nobody", y = "{params.no}" }
[target.same]
run = "true"
outputs = ["one"]
each = { x = "*.in" }
matrix = { n = [1, 2] }
""",
    ) == [
        "`*.none` of `each` matches no file",
        "`gone.txt` of `each` matches no file",
        "`empty/` of `each` matches no file",
        "`{each.x.nam}`: a file has no `nam`",
        "`{each.y}`: there is no `each` entry `y`",
        "`{each.x.stem.y}`: a file has no `y`",
        "target `unknown` needs `nobody`, which is not in the Jobfile",
        "`{params.no}`: there is no param `no`",
        "targets `same[n=1,x=a.in]` and `same[n=2,x=a.in]` both make `one`",
    ]


# -- dynamic --------------------------------------------------------------------------------

CHAIN = """
[target.split]
run = "true"
outputs = ["parts/"]
[target.tool]
run = "true"
outputs = ["tool"]
[target.proc]
run = "true"
inputs = { part = "{each.p}", tool = "@tool" }
outputs = { table = "out/{each.p.stem}.csv" }
each = { p = "@split" }
[target.post]
run = "true"
inputs = ["{each.c}"]
outputs = ["post/{each.c.name}"]
each = { c = "out/*.csv" }
[target.all]
run = "true"
inputs = ["@post", "out/*.csv", "@proc:table"]
needs = ["proc"]
"""


def test_a_family_over_what_is_not_known_is_a_group_that_needs_the_makers(tmp_path: Path) -> None:
    graph = rig.load(tmp_path, CHAIN).graph

    assert graph.unopened == {"proc", "post"}
    assert graph.families["proc"] == ("proc",)
    assert graph.targets["proc"].is_group
    assert graph.targets["proc"].outputs == graph.targets["proc"].inputs == ()
    assert graph.needs["proc"] == ("split", "tool")
    assert graph.needs["post"] == ("proc",)
    assert graph.needs["all"] == ("post", "proc")
    assert [one.shown for one in graph.may_make["proc"]] == ["out/*.csv"]
    assert [one.shown for one in graph.targets["all"].inputs] == ["out/*.csv"]


def test_it_grows_with_the_files_there_are(tmp_path: Path) -> None:
    loaded = rig.load(tmp_path, CHAIN)
    put(tmp_path, "parts/a.txt", "parts/deep/b.txt")

    grown = loaded.grow(["proc"])

    assert loaded.graph.unopened == {"proc", "post"}  # a value
    assert grown.graph.unopened == {"post"}
    names = ('proc[p="parts/a.txt"]', 'proc[p="parts/deep/b.txt"]')
    assert grown.graph.families["proc"] == names
    assert grown.graph.needs[names[0]] == ("tool", "split")
    assert grown.graph.needs["post"] == names
    assert inputs(grown, "all") == ["out/*.csv", "out/a.csv", "out/b.csv"]

    put(tmp_path, "parts/late.txt", "out/a.csv", "out/by-hand.csv")
    again = grown.grow(["post"])

    assert again.graph.unopened == frozenset()
    assert again.graph.families["proc"] == names  # what was opened stays
    assert again.graph.families["post"] == (
        'post[c="out/a.csv"]', 'post[c="out/b.csv"]', 'post[c="out/by-hand.csv"]',
    )  # fmt: skip
    assert again.graph.needs['post[c="out/b.csv"]'] == (names[1],)
    assert [again.graph.targets[name] for name in names] == [
        grown.graph.targets[name] for name in names
    ]


def test_what_was_matched_at_load_stays(tmp_path: Path) -> None:
    put(tmp_path, "src/a.c")
    loaded = rig.load(tmp_path, COMPILE.replace(', "main.c"', "") + CHAIN)
    put(tmp_path, "src/b.c", "parts/a")
    assert len(loaded.grow(["proc"]).graph.families["compile"]) == 1


def test_opened_with_no_file_it_is_an_empty_group(tmp_path: Path) -> None:
    grown = rig.load(tmp_path, CHAIN).grow(["proc"]).grow(["post"])

    assert grown.graph.unopened == frozenset()
    assert grown.graph.families["proc"] == ("proc",)
    assert grown.graph.targets["proc"].is_group
    assert grown.graph.needs["all"] == ("post", "proc")


def test_as_known_opens_all_with_what_is_there(tmp_path: Path) -> None:
    put(tmp_path, "parts/a.txt")
    loaded = rig.load(tmp_path, '[project]\ndefault = ["proc"]\n' + CHAIN)

    known = loaded.as_known()

    assert known.graph.unopened == frozenset()
    assert known.graph.provisional == {"proc", "post"}
    assert known.graph.families["post"] == ('post[c="out/a.csv"]',)
    assert (loaded.default, known.default) == (("proc",), ('proc[p="parts/a.txt"]',))


@pytest.mark.parametrize(
    "over", ['"@split:parts"', '"parts/*.txt"', '["no/*.txt", "parts/**"]', '"parts/"']
)
def test_it_may_be_over_outputs_by_name_glob_or_folder(tmp_path: Path, over: str) -> None:
    loaded = rig.load(
        tmp_path,
        f"""
[target.split]
run = "true"
outputs = {{ parts = "parts/*.txt", log = "log" }}
[target.proc]
run = "true"
each = {{ p = {over} }}
""",
    )
    assert loaded.graph.unopened == {"proc"}
    put(tmp_path, "parts/a.txt")
    grown = loaded.grow(["proc"])
    assert grown.graph.families["proc"] == ('proc[p="parts/a.txt"]',)
    assert grown.graph.targets['proc[p="parts/a.txt"]'].after == ("split",)


def test_selectors_of_an_unopened_family_mean_the_group_then_the_instances(tmp_path: Path) -> None:
    loaded = rig.load(
        tmp_path,
        """
[target.split]
run = "true"
outputs = ["parts/"]
[target.proc]
run = "true"
each = { p = "@split" }
matrix = { n = [1, 2] }
[target.use]
run = "true"
needs = ["proc[n=2]"]
""",
    )
    assert loaded.graph.needs["use"] == ("proc",)
    put(tmp_path, "parts/a", "parts/b")
    grown = loaded.grow(["proc"])
    assert grown.graph.needs["use"] == ('proc[n=2,p="parts/a"]', 'proc[n=2,p="parts/b"]')


def test_instances_of_two_families_over_the_same_axis_go_together(tmp_path: Path) -> None:
    put(tmp_path, "in/a", "in/b")
    graph = rig.load(
        tmp_path,
        """
[target.one]
run = "true"
each = { p = "in/*" }
[target.two]
run = "true"
each = { p = "in/*" }
needs = ["one[{each.p}]", "one[p={each.p}]"]
""",
    ).graph
    assert graph.needs['two[p="in/b"]'] == ('one[p="in/b"]',)


# -- what contradicts -----------------------------------------------------------------------


def grown_messages(loaded: LoadedJobfile, *names: str) -> list[str]:
    with pytest.raises(JobfileError) as caught:
        loaded.grow(names)
    return [problem.message for problem in caught.value.problems]


def test_a_second_producer_after_growth_is_an_error(tmp_path: Path) -> None:
    loaded = rig.load(tmp_path, CHAIN)
    put(tmp_path, "parts/a.1", "parts/a.2")
    assert grown_messages(loaded, "proc") == [
        'targets `proc[p="parts/a.1"]` and `proc[p="parts/a.2"]` both make `out/a.csv`'
    ]


def test_a_cycle_after_growth_is_an_error(tmp_path: Path) -> None:
    loaded = rig.load(
        tmp_path,
        """
[target.split]
run = "true"
inputs = ["other/x"]
outputs = ["parts/"]
[target.other]
run = "true"
outputs = ["other/x"]
inputs = ["late/x"]
[target.proc]
run = "true"
outputs = ["{each.p.name}/x"]
each = { p = "@split" }
""",
    )
    put(tmp_path, "parts/late")
    assert grown_messages(loaded, "proc") == [
        'targets need each other: `split -> other -> proc[p="parts/late"] -> split`'
    ]


def test_what_a_family_may_make_is_no_reason_for_a_cycle(tmp_path: Path) -> None:
    put(tmp_path, "data.csv", "parts/a")
    loaded = rig.load(
        tmp_path,
        """
[target.split]
run = "true"
inputs = ["data.csv"]
outputs = ["parts/"]
[target.proc]
run = "true"
outputs = ["{each.p.stem}.csv"]
each = { p = "@split" }
[target.use]
run = "true"
inputs = ["a.csv"]
""",
    )
    assert loaded.graph.needs["split"] == ()
    assert loaded.graph.needs["use"] == ("proc",)
    assert loaded.grow(["proc"]).graph.needs["use"] == ('proc[p="parts/a"]',)


def test_families_over_each_other_are_a_cycle(tmp_path: Path) -> None:
    assert rig.messages(
        tmp_path,
        """
[target.a]
run = "true"
outputs = ["a/{each.x.stem}/"]
each = { x = "@b" }
[target.b]
run = "true"
outputs = ["b/{each.x.stem}/"]
each = { x = "a/**" }
""",
    ) == ["targets need each other: `a -> b -> a`"]


def test_a_wrong_output_of_an_unopened_family_is_told_at_once(tmp_path: Path) -> None:
    text = CHAIN + '[target.x]\nrun = "true"\ninputs = ["@proc:tabel"]\n'
    assert rig.messages(tmp_path, text) == ["target `proc` has no output `tabel`"]


def test_growing_takes_time_in_proportion(tmp_path: Path) -> None:
    def seconds(size: int) -> float:
        folder = tmp_path / str(size)
        loaded_at = folder / "parts"
        loaded_at.mkdir(parents=True)
        loaded = rig.load(folder, CHAIN)
        for number in range(size):
            (loaded_at / f"{number}.txt").write_text("")
        begin = time.process_time()
        loaded.grow(["proc"]).grow(["post"])
        return time.process_time() - begin

    small, large = min(seconds(100), seconds(101)), seconds(1600)
    assert large < 64 * small
