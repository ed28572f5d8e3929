"""What is told where code cannot be read or found."""

from __future__ import annotations

import pytest

from jobmake.model.errors import CodeError
from tests.code.project import CodeProject


def told(project: CodeProject, name: str = "job:run") -> str:
    with pytest.raises(CodeError) as caught:
        project.of(name)
    hint = f" ({caught.value.hint})" if caught.value.hint else ""
    return str(caught.value) + hint


def test_a_syntax_error_in_a_reached_module(project: CodeProject) -> None:
    project.write("job.py", "import helpers\ndef run(): return helpers.x\n")
    project.write("helpers.py", "x = 1\ndef f(:\n")
    assert told(project) == "helpers.py:2: invalid syntax"


def test_a_null_byte(project: CodeProject) -> None:
    project.write("job.py", b"x = 1\0\n")
    assert told(project).endswith("source code string cannot contain null bytes")


def test_bytes_that_are_no_text(project: CodeProject) -> None:
    project.write("job.py", b"x = '\xff'\n")
    assert told(project).startswith("job.py")
    assert "utf-8" in told(project)


def test_nesting_that_python_itself_refuses(project: CodeProject) -> None:
    project.write("job.py", "x = " + "-" * 100_000 + "1\n")
    assert told(project) == "job.py: nested too deeply to be read"


def test_nesting_that_python_can_read_is_read(project: CodeProject) -> None:
    project.write("job.py", "x = " + " + ".join(["1"] * 900) + "\ndef run(): return x\n")
    assert "x" in project.of("job:run").bindings["job.py"]


def test_a_module_that_is_not_there(project: CodeProject) -> None:
    assert told(project) == "there is no module `job` in the project"
    assert told(project, "a.b:run") == "there is no module `a.b` in the project"


def test_a_name_that_is_not_there(project: CodeProject) -> None:
    project.write("job.py", "def rum(): pass\n")
    assert told(project) == "job.py: there is no `run` in it (did you mean `rum`?)"


def test_a_file_that_is_not_there(project: CodeProject) -> None:
    with pytest.raises(CodeError, match=r"^job\.py: there is no such file$"):
        project.code().of_script("job.py")
    with pytest.raises(CodeError, match=r"^job\.py: there is no such file$"):
        project.code().of_file("job.py", "run")


def test_a_file_in_another_encoding_is_read_as_it_says(project: CodeProject) -> None:
    project.write("job.py", "# coding: latin-1\ndef run(): return 'ä'\n".encode("latin-1"))
    before = project.of("job:run").parts
    project.write("job.py", "\ufeffdef run(): return 'ä'\n")
    assert project.of("job:run").parts == before


def test_odd_escapes_and_lone_surrogates_are_read(project: CodeProject) -> None:
    project.write("job.py", "def run(): return '\\d \\ud800', 1e999, 9" + "9" * 4000 + "\n")
    assert "run" in project.of("job:run").bindings["job.py"]
