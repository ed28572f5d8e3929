"""What `jobmake gc` leaves of the files of runs that people have in hand."""

from __future__ import annotations

NEWEST = 20  # runs of each target whose results stay in any case

NUMBER = """
[params]
number = 0
[target.number]
run = "mkdir {run_dir}/files; echo {params.number} > {run_dir}/files/it.txt"
"""


def test_what_a_link_leads_to_stays(space, project):
    project(NUMBER).build().runs["number"].link_result("it.txt")
    for number in range(1, NEWEST + 2):
        space.build(f"-Dnumber={number}")
    before = set(space.root.glob(".jobmake/results/*"))
    space.run("gc")
    assert space.read("results/it.txt") == "0\n"
    assert len(before - set(space.root.glob(".jobmake/results/*"))) == 1
