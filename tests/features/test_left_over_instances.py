"""What an instance made that is no more is nobody's file: no glob finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Space

MATRIX = """
[target.part]
run = "echo {matrix.n} > {outputs}"
outputs = ["out/{matrix.n}.txt"]
matrix = { n = [1, 2, 3] }

[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["out/*.txt"]
outputs = ["all.txt"]
"""
GROWING = """
[params]
n = 3
[target.split]
run = "mkdir -p parts; for i in $(seq {params.n}); do echo $i > parts/$i.txt; done"
outputs = ["parts/"]
[target.part]
run = "cp {each.p} {outputs}"
each = { p = "@split" }
inputs = ["{each.p}"]
outputs = ["out/{each.p.name}"]
[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["out/*.txt"]
outputs = ["all.txt"]
"""


@pytest.mark.parametrize(("jobfile", "three"), [(MATRIX, ", 3]"), (GROWING, "n = 3")])
def test_a_glob_does_not_find_it(space: Space, jobfile: str, three: str) -> None:
    space.jobfile(jobfile)
    space.build()
    assert space.read("all.txt") == "1\n2\n3\n"

    space.replace("Jobfile.toml", three, three.replace("3", "2").replace(", 2", ""))
    result = space.build()

    assert space.read("all.txt") == "1\n2\n"
    assert "all" in result.built
    assert space.build().built == []
    assert "removed out/3.txt" in space.run("clean", "--left").out


def test_with_a_param_of_the_command_line_it_is_the_same(space: Space) -> None:
    space.jobfile(GROWING)
    space.build()
    space.build("-D", "n=1")
    assert space.read("all.txt") == "1\n"

    space.build()

    assert space.read("all.txt") == "1\n2\n3\n"


def test_a_file_that_somebody_put_in_its_place_is_found(space: Space) -> None:
    space.jobfile(MATRIX)
    space.build()
    space.replace("Jobfile.toml", ", 3]", "]")
    space.write("out/3.txt", "mine\n")

    space.build()

    assert space.read("all.txt") == "1\n2\nmine\n"
