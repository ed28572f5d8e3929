"""Job classes: params, parents, attributes, as far as nothing has to be built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from jobmake import FieldError, Job


class Frames(Job):
    name = "frames"
    attributes_to_serialize: ClassVar = ["area"]
    bins: int = 32
    folder: Path = Path("frames")


class Root(Job):
    name = "root_of_all"


class Left(Job):
    name = "left"
    parents: ClassVar = [Root]


class Right(Job):
    name = "right"
    parents: ClassVar = [Root]


class Sink(Job):
    name = "sink"
    parents: ClassVar = [Left, Right]


# -- params ----------------------------------------------------------------------------


def test_params_have_their_defaults_and_are_set_by_keyword():
    job = Frames(bins=64)
    assert (job.bins, job.folder, job.area) == (64, Path("frames"), None)


def test_a_param_is_converted_to_what_its_annotation_says():
    assert Frames(folder="other").folder == Path("other")


def test_a_param_of_the_wrong_type_names_the_field():
    with pytest.raises(FieldError, match="`bins`: expected an integer"):
        Frames(bins="many")


def test_a_param_that_is_set_later_is_checked_too():
    job = Frames()
    job.bins = 7
    assert job.bins == 7
    with pytest.raises(FieldError, match="`bins`"):
        job.bins = None


def test_a_param_without_a_default_must_be_given():
    class Video(Job):
        name = "video"
        path: Path
        rate: float

    with pytest.raises(FieldError, match="`path`, `rate` of `video` must be given"):
        Video()


def test_a_default_that_can_change_is_each_instances_own():
    class Weights(Job):
        name = "weights"
        by_name: dict[str, int] = {"a": 1}  # noqa: RUF012

    Weights().by_name["a"] = 2
    assert Weights().by_name == {"a": 1}


def test_other_keywords_are_attributes_of_all_jobs_and_no_params():
    job = Sink(location="/videos")
    assert job.location == "/videos"
    assert job.left.root_of_all.location == "/videos"


@pytest.mark.parametrize("name", ["run", "process", "get_outputs", "parents", "target"])
def test_a_keyword_cannot_replace_a_method(name):
    with pytest.raises(TypeError, match=f"`{name}` is something else of Sink"):
        Sink(**{name: 1})


def test_values_without_a_name_are_refused():
    with pytest.raises(TypeError, match="takes keywords only"):
        Sink("/videos")


# -- parents ---------------------------------------------------------------------------


def test_diamonds_share_one_instance():
    job = Sink()
    assert job.left.root_of_all is job.right.root_of_all


def test_each_workflow_has_instances_of_its_own():
    assert Sink().left is not Sink().left


def test_a_parent_stays_what_it_is():
    job = Sink()
    with pytest.raises(AttributeError, match="`left` is a parent of `sink`"):
        job.left = Left()


def test_parents_are_found_by_type_and_by_name_the_nearest_first():
    job = Sink()
    assert job.get_parent_by_type(Root) is job.left.root_of_all
    assert job.get_parent_by_name("right") is job.right
    assert job.get_parent_by_name("nobody") is None
    assert job.get_parent_by_type(Sink) is None


def test_the_search_goes_by_rows():
    class Deep(Left):
        name = "deep"
        parents: ClassVar = [Root]

    class Middle(Job):
        name = "middle"
        parents: ClassVar = [Deep]

    class Near(Left):
        name = "near"
        parents: ClassVar = [Root]

    class Bottom(Job):
        name = "bottom"
        parents: ClassVar = [Middle, Near]

    job = Bottom()
    assert job.get_parent_by_type(Left) is job.near


def test_a_circle_is_told():
    class One(Job):
        name = "one"

    class Two(Job):
        name = "two"
        parents: ClassVar = [One]

    One.add_parent(Two)
    with pytest.raises(TypeError, match="`one` is among its own parents"):
        One()


def test_two_parents_of_one_name_are_told():
    class Other(Job):
        name = "left"

    class Bottom(Job):
        name = "bottom"
        parents: ClassVar = [Left, Other]

    with pytest.raises(TypeError, match="two parents of `bottom` have the name `left`"):
        Bottom()


def test_a_parent_cannot_have_the_name_of_an_output():
    class Bottom(Job):
        name = "bottom"
        parents: ClassVar = [Left]
        outputs_to_cache: ClassVar = ["left"]

    with pytest.raises(TypeError, match="`left` is a parent of `bottom`, and also"):
        Bottom()


# -- add_parent ------------------------------------------------------------------------


def test_an_added_parent_comes_last_and_once():
    class Bottom(Job):
        name = "bottom"
        parents: ClassVar = [Left]

    Bottom.add_parent(Right)
    Bottom.add_parent(Right)
    Bottom.add_parent(None)
    assert Bottom.get_parents() == [Left, Right]


def test_adding_to_a_subclass_leaves_its_base_alone():
    class Below(Left):
        name = "below"

    Below.add_parent(Right)
    assert Below.get_parents() == [Root, Right]
    assert Left.get_parents() == [Root]


def test_what_one_workflow_adds_is_not_in_the_next():
    class Bottom(Job):
        name = "bottom"

    def first():
        Bottom.add_parent(Left)
        return Bottom()

    def second():
        Bottom.add_parent(Right)
        return Bottom()

    assert [list(first()._parents), list(first()._parents)] == [["left"], ["left"]]
    assert list(second()._parents) == ["right"]


def test_the_same_workflow_can_be_made_again_without_adding_again():
    class Bottom(Job):
        name = "bottom"

    Bottom.add_parent(Left)
    assert [list(Bottom()._parents), list(Bottom()._parents)] == [["left"], ["left"]]


def test_what_a_module_adds_stays(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from jobmake import Job\n"
        "class A(Job):\n    name = 'a'\n"
        "class B(Job):\n    name = 'b'\n"
        "class C(Job):\n    name = 'c'\n"
        "C.add_parent(A)\nC()\nC.add_parent(B)\n"
        "print([one.name for one in C.get_parents()])\n"
    )
    said = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    assert said.stdout == "['a', 'b']\n"


def test_a_parent_must_be_a_job_class():
    with pytest.raises(TypeError, match="a parent of `left` must be a Job class, not 'x'"):
        Left.add_parent("x")


# -- names and outputs -----------------------------------------------------------------


def test_one_class_can_have_instances_of_other_names():
    assert Frames(name="slides").name == "slides"
    assert Frames().name == "frames"


@pytest.mark.parametrize("name", ["", "a b", "a/b", 7])
def test_a_name_is_letters_and_few_others(name):
    with pytest.raises(TypeError, match="cannot be the name of Frames"):
        Frames(name=name)


def test_outputs_are_none_until_they_are_set_and_none_is_an_output():
    class Maker(Job):
        name = "maker"
        outputs_to_cache: ClassVar = ["one", "other"]

    job = Maker()
    assert (job.one, job.is_output_cached()) == (None, False)
    job.one, job.other = None, 2
    assert job.is_output_cached()


def test_run_must_be_written():
    with pytest.raises(RuntimeError, match="`run` of Root should be overridden"):
        Root().run()


def test_a_job_that_does_not_run_has_no_run():
    with pytest.raises(RuntimeError, match="`root_of_all` does not run"):
        _ = Root().job


# -- the workflow as text --------------------------------------------------------------


def test_the_workflow_as_a_tree():
    assert Sink.workflow_to_string() == (
        "sink\n  left\n    root_of_all\n  right\n    root_of_all\n"
    )
    assert Sink.workflow_to_string(1).startswith("  sink\n    left\n")


def test_what_is_above_a_shared_job_is_shown_once():
    class Left2(Job):
        name = "left2"
        parents: ClassVar = [Sink]

    class Right2(Job):
        name = "right2"
        parents: ClassVar = [Sink]

    class Bottom(Job):
        name = "bottom"
        parents: ClassVar = [Left2, Right2]

    assert Bottom.workflow_to_string() == (
        "bottom\n  left2\n    sink\n      left\n        root_of_all\n      right\n"
        "        root_of_all\n  right2\n    sink …\n"
    )


def test_the_workflow_for_graphviz():
    text = Sink.workflow_to_dot()
    dot = ["dot", "-Tplain"]
    drawn = subprocess.run(dot, input=text, capture_output=True, text=True, check=True)
    edges = [line.split()[1:3] for line in drawn.stdout.splitlines() if line.startswith("edge")]
    assert sorted(edges) == [
        ["left", "sink"], ["right", "sink"], ["root_of_all", "left"], ["root_of_all", "right"],
    ]  # fmt: skip


def test_a_ladder_of_diamonds_is_drawn_in_a_line_a_job():
    below: type[Job] = Root
    for number in range(20):
        sides = [type(f"S{number}{side}", (Job,), {"name": f"s{number}{side}", "parents": [below]})
                 for side in "ab"]  # fmt: skip
        below = type(f"M{number}", (Job,), {"name": f"m{number}", "parents": sides})
    assert len(below.workflow_to_string().splitlines()) == 81
    assert below.workflow_to_dot().count("->") == 80
    assert below().get_parent_by_type(Root) is not None
