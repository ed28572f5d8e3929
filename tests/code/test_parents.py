"""Of a parent a child's code uses what hands on its outputs, not how they are made."""

from __future__ import annotations

import pytest

from tests.code.project import CodeProject

JOBS = """
    from jobmake import Job
    import helpers

    class Base(Job):
        size = 1

        def shape(self): return 11

    class Thumbs(Base):
        parents = []
        bins = 2

        def __init__(self): self.made = 12

        def run(self): return helpers.make()

        def get_outputs(self):
            super().get_outputs()
            return helpers.convert(self.shape())

        def load_state(self): return super(Thumbs, self).load_state()

        def draw(self): return 13

        def other(self): return 14

    class Correlation(Job):
        parents = [Thumbs]

        def run(self, thumbs):
            self.save()
            return self.thumbs.draw() + thumbs

        def save(self): return super().run()

    class Report(Job):
        def run(self): return self.get_parent_by_type(Correlation)

    Report.add_parent(Correlation)
"""


@pytest.fixture
def jobs(project: CodeProject) -> CodeProject:
    project.write("jobs.py", JOBS)
    project.write("helpers.py", "def make(): return 1\ndef convert(x): return (x, 2)\n")
    return project


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("jobs.py", "return helpers.make()", "return 0"),
        ("jobs.py", "return 14", "return 0"),
        ("helpers.py", "return 1", "return 0"),
        ("jobs.py", "parents = []", "parents = [Base]"),
        ("jobs.py", "def other(self)", "def more(self): return 15\n\n    def other(self)"),
    ],
)
def test_how_a_parent_runs_does_not_count(jobs: CodeProject, path: str, old: str, new: str) -> None:
    assert not jobs.changes("jobs:Correlation", path, old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("jobs.py", "helpers.convert(self.shape())", "helpers.convert(1)"),
        ("jobs.py", "super(Thumbs, self).load_state()", "None"),
        ("jobs.py", "return 11", "return 0"),  # a method that get_outputs calls, in a base class
        ("jobs.py", "self.made = 12", "self.made = 0"),
        ("jobs.py", "return 13", "return 0"),  # the child calls it
        ("jobs.py", "bins = 2", "bins = 0"),
        ("jobs.py", "size = 1", "size = 0"),
        ("helpers.py", "(x, 2)", "(x, 0)"),
        ("jobs.py", "parents = [Thumbs]", "parents = [Base]"),
    ],
)
def test_how_a_parent_hands_on_its_outputs_counts(
    jobs: CodeProject, path: str, old: str, new: str
) -> None:
    assert jobs.changes("jobs:Correlation", path, old, new)


def test_all_of_a_job_counts_for_the_job_itself(jobs: CodeProject) -> None:
    for path, old, new in (
        ("jobs.py", "return 14", "return 0"),
        ("jobs.py", "return 11", "return 0"),
        ("helpers.py", "return 1", "return 0"),
    ):
        assert jobs.changes("jobs:Thumbs", path, old, new)


def test_an_added_parent_counts_for_its_child_only(jobs: CodeProject) -> None:
    assert "Correlation" in jobs.of("jobs:Report").bindings["jobs.py"]
    assert "Correlation.run" not in jobs.of("jobs:Report").bindings["jobs.py"]
    assert "Report" not in jobs.of("jobs:Thumbs").bindings["jobs.py"]

    before = jobs.of("jobs:Thumbs").parts
    assert jobs.changes("jobs:Report", "jobs.py", "add_parent(Correlation)", "add_parent(Thumbs)")
    assert jobs.of("jobs:Thumbs").parts == before


def test_a_parent_added_in_another_module_counts_where_that_is_loaded(jobs: CodeProject) -> None:
    jobs.write("joins.py", "from jobs import Report, Thumbs\nReport.add_parent(Thumbs)\n")
    assert "joins.py" not in jobs.of("jobs:Report").parts
    jobs.replace("helpers.py", "def make", "import joins\ndef make")
    assert "joins.py" in jobs.of("jobs:Report").parts
    assert "joins.py" not in jobs.of("jobs:Thumbs").parts


def test_parents_in_other_modules_and_by_dotted_names_are_parents(project: CodeProject) -> None:
    project.write(
        "one.py", "class A:\n  def run(self): return 1\n  def get_outputs(self): return 2\n"
    )
    project.write("two.py", "import one as o\nclass B:\n  parents: list = [o.A]\n")
    assert not project.changes("two:B", "one.py", "return 1", "return 3")
    assert project.changes("two:B", "one.py", "return 2", "return 4")


def test_a_parent_that_is_used_otherwise_counts_whole(project: CodeProject) -> None:
    project.write(
        "jobs.py",
        "class A:\n  def work(self): return 1\n"
        "class B:\n  parents = [A]\n  def run(self): return A\n",
    )
    assert project.changes("jobs:B", "jobs.py", "return 1", "return 2")


@pytest.mark.parametrize("use", ["getattr(x, n)", "vars(x)", "x.__dict__[n]"])
def test_all_of_a_parent_counts_where_attributes_are_computed(
    project: CodeProject, use: str
) -> None:
    project.write(
        "jobs.py",
        "class A:\n  def work(self): return 1\n"
        f"class B:\n  parents = [A]\n  def run(self, x, n): return {use}\n",
    )
    assert project.changes("jobs:B", "jobs.py", "return 1", "return 2")


def test_a_child_may_compute_attributes_of_its_own(project: CodeProject) -> None:
    project.write(
        "jobs.py",
        "class A:\n  def work(self): return 1\n"
        "class B:\n  parents = [A]\n  def run(self, n): return getattr(self, n)\n",
    )
    assert not project.changes("jobs:B", "jobs.py", "return 1", "return 2")


def test_a_parent_that_computes_attributes_of_its_own_counts_whole(project: CodeProject) -> None:
    project.write(
        "jobs.py",
        "class A:\n  def work(self): return 1\n"
        "  def get_outputs(self): return {n: getattr(self, n) for n in self.names}\n"
        "class B:\n  parents = [A]\n",
    )
    assert project.changes("jobs:B", "jobs.py", "return 1", "return 2")
