"""What of a project's code counts for a job, and what does not."""

from __future__ import annotations

import pytest

from tests.code.project import CodeProject

HELPERS = """
    SIZE = 3

    def clean(text):
        return shorten(text)[:SIZE]

    def shorten(text):
        return text.strip()

    def unrelated(text):
        return text * 2
"""
JOB = """
    from helpers import clean

    def run(text):
        return clean(text)

    def other():
        return 1
"""


@pytest.fixture
def job(project: CodeProject) -> CodeProject:
    project.write("helpers.py", HELPERS)
    project.write("job.py", JOB)
    return project


def test_the_job_its_helpers_and_their_constants_count(job: CodeProject) -> None:
    reached = job.of("job:run")

    assert reached.files == ("helpers.py", "job.py")
    assert list(reached.bindings["helpers.py"]) == ["SIZE", "clean", "shorten"]
    assert list(reached.bindings["job.py"]) == ["clean", "run"]
    assert set(reached.parts) == {"helpers.py", "job.py", "python"}
    assert reached.notes == ()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("job.py", "return clean(text)", "return clean(text) + '!'"),
        ("helpers.py", "[:SIZE]", "[SIZE:]"),
        ("helpers.py", "text.strip()", "text.lstrip()"),
        ("helpers.py", "SIZE = 3", "SIZE = 4"),
        ("helpers.py", "def clean(text)", "def clean(text: str)"),
        ("job.py", "import clean", "import shorten as clean"),
    ],
)
def test_a_change_of_what_is_reached_counts(
    job: CodeProject, path: str, old: str, new: str
) -> None:
    assert job.changes("job:run", path, old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("job.py", "return 1", "return 2"),
        ("helpers.py", "text * 2", "text * 3"),
        ("helpers.py", "def unrelated", "def renamed"),
        ("helpers.py", "SIZE = 3", "# how many\nSIZE = (3)  # letters"),
        ("helpers.py", "def clean(text):", 'def clean(text):\n    """Clean it."""'),
        ("helpers.py", "return text.strip()", "return (\n        text.strip(  )\n    )"),
        ("helpers.py", "SIZE = 3", '"""All helpers."""\nimport json\nLIMIT = 5\nSIZE = 3'),
        ("job.py", "from helpers import clean", "from helpers import (clean, unrelated)"),
    ],
)
def test_a_change_of_anything_else_does_not(
    job: CodeProject, path: str, old: str, new: str
) -> None:
    assert not job.changes("job:run", path, old, new)


def test_functions_may_change_places(job: CodeProject) -> None:
    before = job.of("job:run").parts
    job.write(
        "helpers.py",
        "def shorten(text):\n return text.strip()\n"
        "def clean(text):\n return shorten(text)[:SIZE]\nSIZE = 3\n",
    )
    assert job.of("job:run").parts == before


def test_two_imports_that_change_roles_count(job: CodeProject) -> None:
    job.write("job.py", "from helpers import clean as a, shorten as b\ndef run(x): return a(b(x))")
    assert job.changes("job:run", "job.py", "clean as a, shorten as b", "shorten as a, clean as b")


def test_a_constant_that_is_set_twice_counts_in_its_order(project: CodeProject) -> None:
    project.write("job.py", "X = 1\nX = 2\ndef run(): return X\n")
    assert project.changes("job:run", "job.py", "X = 1\nX = 2", "X = 2\nX = 1")


def test_constants_count_by_value_and_type(project: CodeProject) -> None:
    project.write("job.py", "X = 1\ndef run(): return X\n")
    for old, new in (("X = 1", "X = 1.0"), ("X = 1.0", "X = True"), ("X = True", "X = '1'")):
        assert project.changes("job:run", "job.py", old, new)
    assert not project.changes("job:run", "job.py", "X = '1'", 'X = "1"')
    assert project.changes("job:run", "job.py", 'X = "1"', 'X = b"1"')


def test_a_docstring_counts_where_code_reads_docstrings(project: CodeProject) -> None:
    project.write("job.py", '"""Old."""\ndef run(): return __doc__\ndef other(): return 1\n')
    assert not project.changes("job:other", "job.py", "Old", "Older")
    assert project.changes("job:run", "job.py", "Older", "New")

    project.write("job.py", 'def f():\n  "Old."\ndef run(): return f.__doc__\n')
    assert project.changes("job:run", "job.py", "Old", "New")


def test_a_class_counts_whole_with_its_bases(project: CodeProject) -> None:
    project.write("base.py", "class Base:\n  def help(self): return 1\nclass Other: x = 1\n")
    project.write(
        "job.py",
        """
        import base

        class Job(base.Base):
            size: int = 3

            def run(self):
                return self.help()

            def later(self):
                return 1
        """,
    )
    assert project.changes("job:Job", "base.py", "return 1", "return 2")
    assert project.changes("job:Job", "job.py", "size: int = 3", "size: float = 3")
    assert project.changes("job:Job", "job.py", "return 1", "return 2")
    assert not project.changes("job:Job", "base.py", "x = 1", "x = 2")


def test_a_method_can_be_asked_about_by_its_class(project: CodeProject) -> None:
    project.write("job.py", "class Job:\n  def run(self): return 1\n  def other(self): return 1\n")
    assert list(project.of("job:Job.run").bindings["job.py"]) == ["Job", "Job.other", "Job.run"]


@pytest.mark.parametrize(
    "job",
    [
        "from helpers import deco\n@deco\ndef run(): return 1\n",
        "import helpers\ndef run(f=helpers.deco): return f\n",
        "import helpers\ndef run(): return map(helpers.deco, [])\n",
        "import helpers\ndef run(): return [helpers.deco(x) for x in []]\n",
        "import helpers\ndef run():\n  def inner(): return helpers.deco\n  return inner\n",
        "import helpers\nTABLE = {1: helpers.deco}\ndef run(): return TABLE[1]\n",
        "import helpers as h\ndef run(): return getattr(h, 'deco')\n",
        "def run():\n  import helpers\n  return helpers.deco\n",
        "def run():\n  from helpers import deco as d\n  return d\n",
        "from helpers import *\ndef run(): return deco\n",
        "try:\n  from helpers import deco\nexcept ImportError:\n  deco = None\nrun = deco\n",
        "import sys\nif sys.argv:\n  from helpers import deco\nelse:\n  deco = 1\nrun = deco\n",
        "from importlib import import_module\ndef run(): return import_module('helpers').deco\n",
        "def run(): return __import__('helpers').deco\n",
        "import helpers\nclass run(metaclass=helpers.deco): pass\n",
        "import helpers\nclass A:\n  x = helpers.deco\nclass run(A): pass\n",
        "import helpers\nrun = lambda: helpers.deco\n",
        "import helpers\ndef run(x: helpers.deco): pass\n",
        "import helpers\ndef run():\n  match 1:\n    case helpers.deco: pass\n",
        "import helpers\ndef run():\n  with helpers.deco as x: pass\n",
        "import helpers\ndef run(): return f'{helpers.deco:>{3}}'\n",
    ],
)
def test_every_way_to_use_a_function_counts(project: CodeProject, job: str) -> None:
    project.write("helpers.py", "def deco(f):\n  return f\ndef other(): return 1\n")
    project.write("job.py", job)
    whole = "import_module" in job or "__import__" in job
    assert project.changes("job:run", "helpers.py", "return 1", "return 2") == whole
    assert project.changes("job:run", "helpers.py", "return f", "return (f, 1)")


@pytest.mark.parametrize(
    "job",
    [
        "from helpers import x\ndef run(x): return x\n",
        "from helpers import x\ndef run():\n  x = 1\n  return x\n",
        "from helpers import x\ndef run(): return [x for x in (1, 2)]\n",
        "from helpers import x\ndef run():\n  def x(): return 1\n  return x\n",
        "from helpers import x\nrun = lambda x: x\n",
        "from helpers import x\ndef run():\n  x = 1\n  def f():\n    nonlocal x\n    x = 2\n",
        "from helpers import x\ndef run():\n  try: pass\n  except OSError as x: return x\n",
        "from helpers import x\ndef run():\n  match 1:\n    case [x, *y]: return x\n",
    ],
)
def test_a_local_name_hides_a_global_one(project: CodeProject, job: str) -> None:
    project.write("helpers.py", "x = 1\n")
    project.write("job.py", job)
    assert not project.changes("job:run", "helpers.py", "x = 1", "x = 2")


@pytest.mark.parametrize(
    "job",
    [
        "from helpers import x\ndef run():\n  y = [x for x in (1, 2)]\n  return x\n",
        "from helpers import x\ndef run(): return [y for y in x for x in y]\n",
        "from helpers import x\ndef run(y=x):\n  x = 1\n",
        "from helpers import x\ndef run():\n  global x\n  x = x + 1\n",
        "from helpers import x\nclass run:\n  x = 1\n  def f(self): return x\n",
        "from helpers import x\nclass run:\n  y = x\n  x = 1\n",
        "from helpers import x\ndef run():\n  f = lambda x: x\n  return f(x)\n",
    ],
)
def test_a_name_that_is_local_elsewhere_is_global_here(project: CodeProject, job: str) -> None:
    project.write("helpers.py", "x = 1\n")
    project.write("job.py", job)
    assert project.changes("job:run", "helpers.py", "x = 1", "x = 2")


def test_who_sets_a_global_counts_for_who_reads_it(project: CodeProject) -> None:
    project.write(
        "job.py",
        "X = 1\ndef set_x():\n  global X\n  X = 2\ndef run(): return X\ndef other(): return 1\n",
    )
    assert project.changes("job:run", "job.py", "X = 2", "X = 3")
    assert not project.changes("job:other", "job.py", "X = 3", "X = 4")
