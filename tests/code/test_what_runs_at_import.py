"""What a module does when it is loaded counts for all who reach the module."""

from __future__ import annotations

import pytest

from tests.code.project import CodeProject

START = "def run(): return 0\n"


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("import numpy\nnumpy.random.seed(1)\n", "seed(1)", "seed(2)"),
        ("import os\nos.environ['A'] = '1'\n", "'1'", "'2'"),
        ("x = 1\nx += 2\n", "2", "3"),
        ("x = 1\ndel x\n", "del x", "x.y = 1"),
        ("for i in range(3): pass\n", "3", "4"),
        ("import numpy\n_ = numpy.random.seed(1)\n", "seed(1)", "seed(2)"),
        ("import atexit\n@atexit.register\ndef end(): return 1\n", "return 1", "return 2"),
        ("def register(f): return f\n@register\ndef a(): return 1\n", "return 1", "return 2"),
        ("def make(): return 1\nmade = make()\n", "return 1", "return 2"),
        ("def make(): return 1\nmade = list(map(make, [1]))\n", "return 1", "return 2"),
        ("def make(): return 1\nmade = (lambda: make())()\n", "return 1", "return 2"),
        ("class A:\n  def __init__(self): self.x = 1\nmade = A()\n", "x = 1", "x = 2"),
        ("def make(): return 1\ndef f(x=make()): pass\n", "return 1", "return 2"),
        ("def make(): return 1\nclass A:\n  x = make()\n", "return 1", "return 2"),
        ("class M(type): pass\nclass A(metaclass=M):\n  x = 1\n", "x = 1", "x = 2"),
        (
            "class A:\n  def __init_subclass__(cls): print(cls.x)\nclass B(A):\n  x = 1\n",
            "x = 1",
            "x = 2",
        ),
        ("class M(type): pass\nclass A(metaclass=M): pass\nclass B(A): x = 1\n", "x = 1", "x = 2"),
        ("def f(): return 1\nif f(): x = 1\n", "return 1", "return 2"),
        ("def f(): return 1\ntry:\n  f()\nfinally: pass\n", "return 1", "return 2"),
        ("def f(): return 1\nwith f() as x: pass\n", "return 1", "return 2"),
        ("if True:\n  print(1)\n", "print(1)", "print(2)"),
    ],
)
@pytest.mark.parametrize("how", ["import", "here", "package"])
def test_what_runs_counts(project: CodeProject, text: str, old: str, new: str, how: str) -> None:
    place = {"import": "effects.py", "here": "job.py", "package": "pkg/__init__.py"}[how]
    job = {"import": "import effects\n", "here": text, "package": "import pkg.empty\n"}[how]
    project.write("pkg/empty.py", "")
    project.write(place, text)
    project.write("job.py", job + START)
    assert project.changes("job:run", place, old, new)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("LIMIT = 1\n", "1", "2"),
        ("LIMITS = [1, (2, 3)]\n", "3", "4"),
        ("from pathlib import Path\nPLACE = Path('a').resolve()\n", "'a'", "'b'"),
        ("a = 1\nb = a + 1\n", "+ 1", "+ 2"),
        ("def f(x=1): return x\n", "x=1", "x=2"),
        ("f = lambda: 1\n", "1", "2"),
        (
            "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(): return 1\n",
            "1",
            "2",
        ),
        ("from dataclasses import dataclass\n@dataclass\nclass A: x: int = 1\n", "1", "2"),
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass A:\n"
            "  x: list = field(default_factory=lambda: [1])\n",
            "1",
            "2",
        ),
        (
            "class A:\n  @property\n  def x(self): return 1\n  @x.setter\n  def x(self, y): pass\n",
            "1",
            "2",
        ),
        ("import enum\nclass Color(enum.Enum):\n  RED = 1\n", "1", "2"),
        ("import abc\nclass A(metaclass=abc.ABCMeta):\n  x = 1\n", "1", "2"),
        ("class A: pass\nclass B(A): x = 1\n", "1", "2"),
        ("if __name__ == '__main__':\n  print(1)\n", "1", "2"),
        ("import os\nif os.name == 'nt':\n  SEP = 1\nelse:\n  SEP = 3\n", "1", "2"),
        ("__all__ = ['a']\n__all__ += ['b']\n", "'b'", "'c'"),
        ("try:\n  import tomllib as t\nexcept ImportError:\n  t = 1\n", "1", "2"),
    ],
)
def test_what_only_binds_names_does_not(
    project: CodeProject, text: str, old: str, new: str
) -> None:
    project.write("quiet.py", text)
    project.write("job.py", "import quiet\n" + text + START)
    assert not project.changes("job:run", "quiet.py", old, new)
    assert not project.changes("job:run", "job.py", old, new)


def test_imports_for_what_they_do_are_followed(project: CodeProject) -> None:
    project.write("job.py", "import first\n" + START)
    project.write("first.py", "def f():\n  import never\nclass A:\n  import second\n")
    project.write("second.py", "import third\n")
    project.write("third.py", "print(1)\n")
    project.write("never.py", "print(1)\n")
    assert project.changes("job:run", "third.py", "1", "2")
    assert not project.changes("job:run", "never.py", "1", "2")


def test_the_order_of_imports_counts_where_they_do_something(project: CodeProject) -> None:
    project.write("job.py", "import a\nimport b\nimport c\n" + START)
    project.write("a.py", "import deep_a\n")
    project.write("b.py", "import deep_b\n")
    project.write("c.py", "x = 1\n")
    project.write("deep_a.py", "print('a')\n")
    project.write("deep_b.py", "print('b')\n")
    assert not project.changes("job:run", "job.py", "import b\nimport c", "import c\nimport b")
    assert project.changes("job:run", "job.py", "import a\nimport c", "import c\nimport a") is False
    assert project.changes("job:run", "job.py", "import a\nimport b", "import b\nimport a")


def test_a_call_of_project_code_through_an_import_counts(project: CodeProject) -> None:
    project.write("tools.py", "def make(): return 1\n")
    for text in (
        "from tools import make\nx = make()\n",
        "import tools\nx = tools.make()\n",
        "from tools import *\nx = make()\n",
    ):
        project.write("job.py", text + START)
        assert "make" in project.of("job:run").bindings["tools.py"]


def test_a_registry_counts_with_all_that_is_in_it(project: CodeProject) -> None:
    project.write("registry.py", "ALL = {}\ndef register(f):\n  ALL[f.__name__] = f\n  return f\n")
    project.write(
        "plugins.py",
        "from registry import register\n@register\ndef a(): return 1\ndef b(): return 1\n",
    )
    project.write("job.py", "import registry, plugins\ndef run(n): return registry.ALL[n]()\n")
    assert not project.changes("job:run", "plugins.py", "b(): return 1", "b(): return 2")
    assert project.changes("job:run", "plugins.py", "a(): return 1", "a(): return 2")


def test_all_derived_classes_count_for_who_asks_for_them(project: CodeProject) -> None:
    project.write("job.py", "import base, derived\ndef run(): return base.A.__subclasses__()\n")
    project.write("base.py", "class A: pass\n")
    project.write("derived.py", "from base import A\nclass B(A): x = 1\n")
    assert project.changes("job:run", "derived.py", "1", "2")


REGISTRY = {
    "base.py": "KINDS = []\ndef kind(cls):\n    KINDS.append(cls)\n    return cls\n",
    "pkg/reg.py": "from base import kind\n@kind\nclass One:\n    def say(self): return 1\n",
    "pkg/user.py": "from . import reg as used\n",
}


@pytest.mark.parametrize(
    "package",
    [
        "from . import reg",
        "from . import reg as other",
        "from pkg import reg",
        "import pkg.reg",
        "import pkg.reg as other",
        "from .reg import *",
        "__all__ = ['reg']\nfrom . import *",
        "from . import reg\nreg = reg.One()",
        "reg = None\ntry:\n    from . import reg\nexcept ImportError:\n    pass",
        "import os\nif os.sep:\n    from . import reg",
        "class Inside:\n    from . import reg",
        "def load():\n    from . import reg\nload()",
        "from .user import used\nreg = 1",
    ],
)
def test_a_registry_that_a_package_loads_counts(project: CodeProject, package: str) -> None:
    """A name that the package has by this very import says nothing of who has loaded it."""
    for path, text in REGISTRY.items():
        project.write(path, text)
    project.write("pkg/__init__.py", f"{package}\n")
    project.write("job.py", "import pkg, base\ndef run(): return [k().say() for k in base.KINDS]\n")
    assert project.changes("job:run", "pkg/reg.py", "return 1", "return 2")


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("", "from pkg import reg"),
        ("from . import reg", "from pkg import reg"),
        ("reg: int", "from pkg import reg"),
        ("reg = 1\ndel reg", "from pkg import reg"),
        ("def load():\n    global reg\n    reg = 1", "from pkg import reg"),
        ("__all__ = ['reg']", "from pkg import *"),
        ("__all__ = []\n__all__ += ['reg']", "from pkg import *"),
        ("import os\n__all__ = [n[:-3] for n in os.listdir(__path__[0])]", "from pkg import *"),
    ],
)
def test_a_registry_that_is_loaded_out_of_a_package_counts(
    project: CodeProject, package: str, line: str
) -> None:
    for path, text in REGISTRY.items():
        project.write(path, text)
    project.write("pkg/__init__.py", f"{package}\n")
    project.write("job.py", f"{line}\nimport base\ndef run(): return base.KINDS\n")
    assert project.changes("job:run", "pkg/reg.py", "return 1", "return 2")


def test_a_module_that_is_only_named_by_star_must_be_readable_to_be_followed(
    project: CodeProject,
) -> None:
    project.write("pkg/__init__.py", "import os\n__all__ = os.environ['NAMES'].split()\n")
    project.write("pkg/broken.py", "def (\n")
    project.write("job.py", "from pkg import *\ndef run(): return 1\n")
    assert project.changes("job:run", "pkg/broken.py", "def (", "def [")
    before = project.of("job:run").parts
    project.write("pkg/later.py", "print('loaded')\n")
    assert project.of("job:run").parts != before


@pytest.mark.parametrize(
    "call", ["import_module('pkg.reg')", "import_module('.' + name, __name__)"]
)
def test_what_a_package_loads_when_it_is_asked_counts(project: CodeProject, call: str) -> None:
    project.write(
        "pkg/__init__.py",
        f"import importlib\nX = 1\ndef __getattr__(name):\n    X\n    return importlib.{call}\n",
    )
    project.write("pkg/reg.py", "ALL = []\ndef make(): return ALL\nALL.append(1)\n")
    project.write("job.py", "import pkg\ndef run(): return pkg.reg.make()\n")
    assert project.changes("job:run", "pkg/reg.py", "append(1)", "append(2)")
    assert project.changes("job:run", "pkg/__init__.py", "X = 1", "X = 2")


def test_what_a_package_loads_when_it_is_asked_does_not_count_for_what_is_imported(
    project: CodeProject,
) -> None:
    project.write("pkg/__init__.py", "X = 1\ndef __getattr__(name):\n    return X\n")
    project.write("pkg/reg.py", "def make(): return 1\n")
    project.write("job.py", "import pkg.reg\ndef run(): return pkg.reg.make()\n")
    assert not project.changes("job:run", "pkg/__init__.py", "X = 1", "X = 2")
