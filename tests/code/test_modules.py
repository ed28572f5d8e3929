"""How modules are found, and what of them counts through imports of every kind."""

from __future__ import annotations

import inspect
import sys

import pytest

from tests.amounts import amount
from tests.code.project import CodeProject

VALUE = "def value(): return 1\ndef other(): return 1\n"


REEXPORTS: list[dict[str, str]] = [
    {"pkg/__init__.py": "from .deep import value\n", "pkg/deep.py": VALUE},
    {"pkg/__init__.py": "from pkg.deep import value as value\n", "pkg/deep.py": VALUE},
    {"pkg/__init__.py": "from .deep import *\n", "pkg/deep.py": VALUE},
    {"pkg/__init__.py": "from . import deep\nvalue = deep.value\n", "pkg/deep.py": VALUE},
    {"pkg/__init__.py": "import pkg.deep as d\nvalue = d.value\n", "pkg/deep.py": VALUE},
    {"pkg/__init__.py": "import pkg.deep\nvalue = pkg.deep.value\n", "pkg/deep.py": VALUE},
    {
        "pkg/__init__.py": "from .sub.more import value\n",
        "pkg/sub/__init__.py": "",
        "pkg/sub/more.py": "from ..deep import value\n",
        "pkg/deep.py": VALUE,
    },
    {
        "pkg/__init__.py": "def __getattr__(x):\n  from .deep import value\n  return value\n",
        "pkg/deep.py": VALUE,
    },
    {"pkg.py": "from deep import value\n", "deep.py": VALUE},
]
USES = [
    "import pkg\ndef run(): return pkg.value()\n",
    "from pkg import value\ndef run(): return value()\n",
    "from pkg import *\ndef run(): return value()\n",
    "import pkg as p\nv = p.value\ndef run(): return v()\n",
]


def is_found(files: dict[str, str], job: str) -> bool:
    """Say whether Python finds the name: `*` does not ask a module's `__getattr__`."""
    return not ("import *" in job and "__getattr__" in str(files))


@pytest.mark.parametrize(
    ("files", "job"), [(one, job) for one in REEXPORTS for job in USES if is_found(one, job)]
)
def test_a_function_counts_through_reexports(
    project: CodeProject, files: dict[str, str], job: str
) -> None:
    for path, text in files.items():
        project.write(path, text)
    project.write("job.py", job)
    deep = next(path for path in files if path.endswith("deep.py"))

    assert not project.changes("job:run", deep, "other(): return 1", "other(): return 2")
    assert project.changes("job:run", deep, "value(): return 1", "value(): return 2")


def test_a_package_without_init_is_found(project: CodeProject) -> None:
    project.write("jobs/first.py", "from jobs.second import f\ndef run(): return f()\n")
    project.write("jobs/second.py", "def f(): return 1\n")
    assert project.changes("jobs.first:run", "jobs/second.py", "1", "2")


def test_code_of_other_folders_is_found_in_their_order(project: CodeProject) -> None:
    project.search = ("src", "lib")
    project.write("src/job.py", "import helpers\ndef run(): return helpers.x\n")
    project.write("lib/helpers.py", "x = 1\n")
    reached = project.of("job:run")
    assert "lib/helpers.py" in reached.files
    assert {"src/helpers", "src/helpers.py", "lib/helpers"} <= set(reached.absent)

    project.write("src/helpers.py", "x = 1\n")
    assert "src/helpers.py" in project.of("job:run").files


def test_a_package_takes_the_place_of_a_module(project: CodeProject) -> None:
    project.write("job.py", "import helpers\ndef run(): return helpers.x\n")
    project.write("helpers.py", "x = 1\n")
    assert "helpers.py" in project.of("job:run").parts
    project.write("helpers/__init__.py", "x = 1\n")
    assert "helpers/__init__.py" in project.of("job:run").parts


def test_the_standard_library_is_one_part(project: CodeProject) -> None:
    project.write("job.py", "import json\nimport statistics\ndef run(): return json.dumps(1)\n")
    project.write("statistics.py", "a syntax error, never loaded: the library goes first")
    assert list(project.of("job:run").parts) == ["job.py", "python"]


def test_the_folder_of_a_script_goes_before_the_standard_library(project: CodeProject) -> None:
    project.write("tools/run.py", "import statistics\nprint(statistics.x)\n")
    project.write("tools/statistics.py", "x = 1\n")
    assert "tools/statistics.py" in project.code().of_script("tools/run.py").parts


def test_a_module_that_is_used_as_a_value_counts_whole(project: CodeProject) -> None:
    project.write("helpers.py", "import more\ndef f(): return 1\n")
    project.write("more.py", "def g(): return 1\n")
    for job in ("return vars(helpers)", "return getattr(helpers, n)", "return use(helpers)"):
        project.write("job.py", f"import helpers\ndef run(n, use): {job}\n")
        assert {"f", "more"} <= set(project.of("job:run").bindings["helpers.py"])
        assert "g" in project.of("job:run").bindings["more.py"]


def test_a_package_as_a_value_counts_with_the_modules_that_are_loaded(project: CodeProject) -> None:
    project.write("pkg/__init__.py", "")
    project.write("pkg/a.py", "x = 1\n")
    project.write("pkg/b.py", "x = 1\n")
    project.write("job.py", "import pkg\nimport pkg.a\ndef run(n): return getattr(pkg, n)\n")
    assert project.changes("job:run", "pkg/a.py", "1", "2")
    assert not project.changes("job:run", "pkg/b.py", "1", "2")


def test_imports_for_types_only_do_not_count(project: CodeProject) -> None:
    project.write(
        "job.py",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from helpers import Thing
        def run(x: "Thing"): return x
        """,
    )
    project.write("helpers.py", "print('never')\nclass Thing: pass\n")
    assert project.of("job:run").files == ("job.py",)


def test_what_runs_under_main_counts_for_the_script_only(project: CodeProject) -> None:
    project.write(
        "job.py",
        """
        import sys
        def run(): return 1
        def main(): return 2
        if __name__ == "__main__":
            sys.exit(main())
        """,
    )
    assert not project.changes("job:run", "job.py", "return 2", "return 3")
    before = project.code().of_script("job.py").parts
    project.replace("job.py", "return 3", "return 4")
    assert project.code().of_script("job.py").parts != before


def test_a_module_run_by_name_is_a_script_in_its_package(project: CodeProject) -> None:
    project.write("pkg/__init__.py", "print('first')\n")
    project.write("pkg/__main__.py", "from .tool import f\nf()\n")
    project.write("pkg/tool.py", "def f(): return 1\n")
    assert list(project.code().of_main("pkg").parts) == [
        "pkg/__init__.py",
        "pkg/__main__.py",
        "pkg/tool.py",
        "python",
    ]
    assert "pkg/tool.py" in project.code().of_main("pkg.tool").parts


def test_a_file_can_be_asked_about_without_a_module_name(project: CodeProject) -> None:
    project.write("my jobs/first-job.py", "import helpers\ndef run(): return helpers.x\n")
    project.write("helpers.py", "x = 1\n")
    reached = project.code().of_file("my jobs/first-job.py", "run")
    assert list(reached.parts) == ["helpers.py", "my jobs/first-job.py", "python"]


def test_compiled_code_in_the_project_counts_by_its_bytes(project: CodeProject) -> None:
    project.write("fast.abi3.so", b"\x7fELF one")
    project.write("fast.py", "never loaded: the extension goes first")
    project.write("job.py", "import fast\ndef run(): return fast.f()\n")
    before = project.of("job:run").parts
    assert "fast.abi3.so" in before
    project.write("fast.abi3.so", b"\x7fELF two")
    assert project.of("job:run").parts != before


def test_circles_of_imports_end(project: CodeProject) -> None:
    project.write("a.py", "from b import x\nfrom b import *\ndef f(): return x\n")
    project.write("b.py", "from a import x\nfrom a import *\nimport a\ndef g(): return a.f\n")
    project.write("job.py", "import b\ndef run(): return b.g() + b.x\n")
    assert "f" in project.of("job:run").bindings["a.py"]


def test_a_long_chain_of_modules_is_followed(project: CodeProject) -> None:
    length = amount(150, 1000)
    for number in range(length):
        project.write(f"m{number}.py", f"from m{number + 1} import f\n")
    project.write(f"m{length}.py", "def f(): return 1\n")
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + length)  # a call for each would be too many
    try:
        assert project.changes("m0:f", f"m{length}.py", "return 1", "return 2")
    finally:
        sys.setrecursionlimit(usual)


def test_a_module_that_is_gone_changes_the_answer(project: CodeProject) -> None:
    project.write("pkg/__init__.py", "")
    project.write("pkg/a.py", "x = 1\n")
    project.write("job.py", "import pkg.a\nfrom pkg import a as b\ndef run(): return 1\n")
    before = project.of("job:run").parts
    project.remove("pkg/a.py")
    assert project.of("job:run").parts == {**before, "pkg.a": "absent"}


def test_a_name_that_is_gone_changes_the_answer(project: CodeProject) -> None:
    project.write("helpers.py", "x = 1\n")
    project.write("job.py", "from helpers import x\ndef run(): return 1\n")
    before = project.of("job:run").parts
    project.write("helpers.py", "y = 1\n")
    assert project.of("job:run").parts == {**before, "helpers.x": "absent"}


def test_a_package_that_no_import_leads_to_has_its_modules(project: CodeProject) -> None:
    project.write("my jobs/a.b/__init__.py", "from .sub import f\ndef run(): return f()\n")
    project.write("my jobs/a.b/sub.py", "from . import other\ndef f(): return other.x\n")
    project.write("my jobs/a.b/other.py", "x = 1\n")
    before = project.code().of_file("my jobs/a.b/__init__.py", "run").parts
    assert list(before) == [
        *(f"my jobs/a.b/{name}.py" for name in ("__init__", "other", "sub")),
        "python",
    ]
    project.write("my jobs/a.b/other.py", "x = 2\n")
    assert project.code().of_file("my jobs/a.b/__init__.py", "run").parts != before
