"""`python = "module:function"`: arguments by name, values, and what is told at load."""

from __future__ import annotations

import os

import pytest

import jobmake

ROOT = os.path.dirname(os.path.dirname(jobmake.__file__))
pytestmark = pytest.mark.usefixtures("no_cache")


def value(space, target: str) -> str:
    return space.run("show", target, "--value").out.strip()


def test_arguments_are_params_files_and_needs_by_name(space):
    space.write("in.csv", "a\nb\n")
    space.write(
        "work.py",
        "from pathlib import Path\n"
        "def count(table: Path, times: int, by: float = 1.5):\n"
        "    return len(table.read_text().splitlines()) * times * by\n"
        "def write(count, out, note):\n"
        "    out.write_text(f'{note}: {count}')\n",
    )
    space.jobfile("""
[params]
note = "rows"
[target.count]
python = "work:count"
inputs = { table = "in.csv" }
params = { times = 2 }
[target.write]
python = "work:write"
needs = ["count"]
outputs = { out = "build/out.txt" }
""")
    assert space.run("build").built == ["count", "write"]
    assert space.read("build/out.txt") == "rows: 6.0"

    space.replace("Jobfile.toml", 'note = "rows"', 'note = "lines"')
    result = space.run("build")
    assert result.built == ["write"]
    assert result.reason("write") == 'param `note` changed "rows" -> "lines"'


def test_all_files_of_a_kind_and_the_run_itself(space):
    space.write("a.txt", "1")
    space.write("b.txt", "2")
    space.write(
        "work.py",
        "def all(inputs, outputs, job):\n"
        "    assert [str(path) for path in inputs] == ['a.txt', 'b.txt'], inputs\n"
        "    outputs['sum'].write_text(''.join(path.read_text() for path in inputs))\n"
        "    return [job.method, job.number, str(outputs.sum), len(inputs)]\n",
    )
    space.jobfile(
        '[target.all]\npython = "work:all"\ninputs = ["*.txt"]\noutputs = { sum = "sum.out" }\n'
    )
    space.run("build")
    assert value(space, "all") == "['all', 1, 'sum.out', 2]"
    assert space.read("sum.out") == "12"


def test_every_instance_of_a_need_arrives_in_order(space):
    space.write(
        "work.py",
        "def square(of: int):\n    return of * of\ndef total(square, *rest):\n    return square\n"
        "def row(*values):\n    return values\n"
        "def mixed(row, by=2, *rest, of=0):\n    return row, by, rest, of\n",
    )
    space.jobfile("""
[target.square]
python = "work:square"
matrix = { of = [3, 1, 2] }
[target.total]
python = "work:total"
needs = ["square"]
[target.row]
python = "work:row"
needs = ["square[of=3]", "square[of=2]"]
[target.mixed]
python = "work:mixed"
needs = ["total", "row", "square[of=1]"]
params = { of = 5 }
""")
    space.run("build")
    assert value(space, "total") == "[9, 1, 4]"
    assert value(space, "row") == "(9, 4)"
    assert value(space, "mixed") == "((9, 4), 2, ([9, 1, 4], 1), 5)"


def test_what_a_command_wrote_is_a_text_and_a_target_without_value_is_its_run(space):
    space.write(
        "work.py",
        "def read(said, made):\n"
        "    return [said, made.method, [one.name for one in made.outputs]]\n",
    )
    space.jobfile("""
[target.said]
run = "printf hello"
capture = "stdout"
[target.made]
run = "echo x > made.txt"
outputs = ["made.txt"]
[target.read]
python = "work:read"
needs = ["said", "made"]
""")
    space.run("build")
    assert value(space, "read") == "['hello', 'made', ['made.txt']]"


def test_a_default_counts_as_if_it_were_given(space):
    space.write("work.py", "def f(n: int = 3):\n    return n\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    space.run("build")
    space.jobfile('[target.f]\npython = "work:f"\nparams = { n = 3 }\n')
    assert space.run("build").built == []
    space.replace("work.py", "n: int = 3", "n: int = 4")
    space.jobfile('[target.f]\npython = "work:f"\n')
    assert space.run("build").built == ["f"]


def test_none_of_a_function_is_no_value(space):
    space.write("work.py", "def f():\n    pass\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    space.run("build")
    assert "`f` has no value" in space.run("show", "f", "--value", code=2).err
    assert space.run("build").built == []


# -- what is told at load ------------------------------------------------------------------

WRONG = [
    ("def f(x): pass", "", "nothing gives the argument `x` of `work:f`", 3),
    ("def f(x): pass", "params = { y = 1 }", "nothing gives the argument `x` of `work:f`", 3),
    ("def f(): pass", "params = { y = 1 }", "`work:f` has no argument `y`", 4),
    ("def f(frames): pass", "params = { frame = 1 }", "did you mean `frames`?", 4),
    ("def f(n: int): pass", 'params = { n = "x" }', '`n`: expected an integer, not "x"', 4),
    ("def f(x, /): pass", "params = { x = 1 }", "takes `x` by position only", 3),
    ("f = 3", "", "`work:f` is neither a Job class nor a function", 3),
    ("def g(): pass", "", "`work` has no `f`", 3),
    (
        "def f(x): pass",
        'params = { x = 1 }\nmatrix = { x = [1] }',
        "could be the param `x` and the axis `x`",
        3,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "keys", "message", "line"), WRONG)
def test_what_does_not_fit_is_an_error_of_the_jobfile(space, code, keys, message, line):
    space.write("work.py", code + "\n")
    space.jobfile(f'# a\n[target.f]\npython = "work:f"\n{keys}\n')
    result = space.run("build", code=2)
    assert message in result.err
    assert f"--> Jobfile.toml:{line}" in result.err
    assert not space.exists("Jobfile.lock")


@pytest.mark.parametrize("spec", ["work", "work:", ":f", "work:f()", "a b:f"])
def test_a_spec_names_a_module_and_a_name(space, spec):
    space.jobfile(f'[target.f]\npython = "{spec}"\n')
    assert "`python` must name a Job class or a function" in space.run("build", code=2).err


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('run = "x"', "has both `run` and `python`"),
        ('capture = "stdout"', "`capture` is not for the `python` job of target `f`"),
        ("isolated = true", "`isolated` is not for the `python` job of target `f`"),
        ('imports = "auto"', "`imports` is not for the `python` job of target `f`"),
        ('interpreter = "x"', "`interpreter` is not for the `python` job of target `f`"),
        ("runtime = { x = 1 }", "`runtime` of target `f` is for a Job, and `work:f` is a function"),
    ],
)
def test_keys_that_are_not_for_python_jobs(space, keys, message):
    space.write("work.py", "def f():\n    pass\n")
    space.jobfile(f'[target.f]\npython = "work:f"\n{keys}\n')
    assert message in space.run("build", code=2).err


# -- failures ------------------------------------------------------------------------------


def test_a_traceback_shows_the_persons_frames_only(space):
    space.write("work.py", "def g(x):\n    return 1 / x\n\ndef f():\n    return g(0)\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    result = space.start("build")
    _, err = result.communicate(timeout=60)
    said = err.decode()
    assert result.returncode == 1
    assert (
        "error: target `f` failed: raised `ZeroDivisionError: division by zero` at work.py:2"
        in said
    )
    assert "Traceback (most recent call last):" in said
    assert 'work.py", line 5, in f' in said
    assert "jobmake/" not in said.replace(".jobmake/", "")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os\ndef f(): os._exit(7)", "exit code 7"),
        (
            "import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGSEGV)",
            "was ended by SIGSEGV",
        ),
        ("import sys\ndef f(): sys.exit(3)", "exit code 3"),
        ("def f(): return iter([])", "value: an iterator (`list_iterator`) cannot be kept"),
    ],
)
def test_a_job_takes_only_itself_down(space, code, message):
    space.write("work.py", code + "\ndef good():\n    return 1\n")
    space.jobfile('[target.f]\npython = "work:f"\n[target.good]\npython = "work:good"\n')
    result = space.run("build", "-k", code=1)
    assert f"error: target `f` failed: {message}" in result.err
    assert result.built == ["good"]


def test_a_job_that_eats_memory_takes_only_itself_down(space):
    space.write(
        "work.py",
        "import resource\ndef f():\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "    return bytearray(1 << 34)\n",
    )
    space.jobfile('[target.f]\npython = "work:f"\n')
    process = space.start("build")
    _, err = process.communicate(timeout=60)
    assert "failed: raised `MemoryError` at work.py:4" in err.decode()


def test_a_module_that_does_not_import_breaks_its_own_targets(space):
    space.write("bad.py", "import nothing_like_it\ndef f():\n    pass\n")
    space.write("worse.py", "def f(:\n    pass\n")
    space.write("good.py", "def f():\n    return 1\n")
    space.jobfile("".join(
        f'[target.{name}]\npython = "{name}:f"\n' for name in ("bad", "worse", "good")
    ))  # fmt: skip
    result = space.run("build", "-k", code=1)
    assert result.built == ["good"]
    assert result.failed == ["bad", "worse"]
    assert "No module named 'nothing_like_it'` at bad.py:1" in result.err
    assert "worse.py:1" in result.err


def test_each_run_has_an_interpreter_as_new(space):
    space.write("shared.py", "seen = []\n")
    space.write(
        "work.py",
        "import os, shared\n"
        "def f(of):\n    shared.seen.append(of)\n    os.environ['LEAK'] = str(of)\n"
        "    return shared.seen\n",
    )
    space.jobfile('[target.f]\npython = "work:f"\nmatrix = { of = [1, 2, 3] }\n')
    space.run("build", "-j1")
    assert value(space, "f[of=3]") == "[3]"


def test_an_edit_within_the_second_is_seen(space):
    space.write("work.py", "def f():\n    return 1\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    for number in range(2, 6):
        space.write("work.py", f"def f():\n    return {number}\n")
        space.run("build")
        assert value(space, "f") == str(number)


def test_why_names_the_function_that_changed(space):
    space.write("lib.py", "def helper(x):\n    return x\n\ndef unrelated():\n    return 1\n")
    space.write("work.py", "import lib\ndef f():\n    return lib.helper(2)\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    space.run("build")
    space.replace("lib.py", "def unrelated():\n    return 1", "def unrelated():\n    return 2  # x")
    assert space.run("build").built == []
    space.replace("lib.py", "return x", "return x + 0")
    assert "code `lib.py` changed: `helper`" in space.run("why", "f").out
    assert space.run("build").reason("f") == "code `lib.py` changed: `helper`"


def test_code_that_changes_while_it_runs_is_run_again(space):
    gate = space.gate("work")
    space.write(
        "work.py",
        "import os, subprocess\ndef f():\n"
        f"    subprocess.run({gate.command!r}, shell=True, check=True)\n    return 1\n",
    )
    space.jobfile('[target.f]\npython = "work:f"\n')
    process = space.start("build")
    gate.reached()
    space.replace("work.py", "return 1", "return 2")
    gate.open()
    gate.reached()
    gate.open()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert value(space, "f") == "2"


def test_a_script_of_a_command_counts_with_what_it_imports(space):
    space.write("lib.py", "def helper():\n    return 1\n\ndef unrelated():\n    return 1\n")
    space.write(
        "scripts/make.py", "import sys\nsys.path.insert(0, '.')\nimport lib\nprint(lib.helper())\n"
    )
    space.jobfile(
        '[target.f]\nrun = "python scripts/make.py > out.txt"\noutputs = ["out.txt"]\n'
        'imports = "auto"\n'
    )
    space.run("build")
    space.replace("lib.py", "return 1\n\ndef unrelated", "return 2\n\ndef unrelated")
    assert space.run("build").reason("f") == "code `lib.py` changed: `helper`"
    assert space.read("out.txt") == "2\n"
    space.write("lib.py", space.read("lib.py") + "# only a comment\n")
    assert space.run("build").built == []


@pytest.mark.parametrize("key", ["params", "runtime"])
def test_a_secret_is_not_left_in_the_runs_folder(space, key):
    space.write(
        "work.py",
        "from jobmake import Job\n"
        "class F(Job):\n    name = 'f'\n"
        + ("    api_token: str\n" if key == "params" else "")
        + "    def run(self):\n        return len(self.api_token)\n",
    )
    space.jobfile(f'[target.f]\npython = "work:F"\n{key} = {{ api_token = "s3cr3t-text" }}\n')
    space.run("build")
    assert value(space, "f") == "11"
    for path in space.root.rglob("*"):
        if path.is_file() and path.name != "Jobfile.toml":
            assert b"s3cr3t-text" not in path.read_bytes(), path


def test_looking_at_a_project_that_was_never_built_loads_nothing(space):
    space.write("jobs/a.py", "open('loaded', 'w')\nfrom jobmake import Job\n")
    space.jobfile('[project]\njobs = ["jobs/*.py"]\n[target.f]\npython = "jobs.a:f"\n')
    for verb in (("status",), ("list",), ("why", "f"), ("build", "-n"), ("graph",)):
        result = space.run(*verb, code=None)
        assert not space.exists("loaded"), verb
        assert "Traceback" not in result.err


def test_the_projects_modules_go_before_installed_ones_and_behind_pythons_own(space):
    space.write("numpy.py", "value = 'mine'\n")
    space.write("colorsys.py", "value = 'mine'\n")
    space.write(
        "work.py",
        "import colorsys, numpy\n"
        "def f():\n    return [numpy.value, hasattr(colorsys, 'rgb_to_hsv')]\n",
    )
    space.jobfile('[target.f]\npython = "work:f"\n')
    space.run("build")
    assert value(space, "f") == "['mine', True]"
    space.replace("numpy.py", "'mine'", "'other'")
    assert space.run("build").reason("f") == "code `numpy.py` changed: `value`"


def test_packages_that_are_installed_in_the_project_are_no_project_code(space):
    space.write(".venv/lib/python3/site-packages/shelf/__init__.py", "def g():\n    return 1\n")
    space.write("work.py", "import shelf\ndef f():\n    return shelf.g()\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    path = str(space.path(".venv/lib/python3/site-packages"))
    space.run("build", env={"PYTHONPATH": f"{path}:{ROOT}"})
    assert value(space, "f") == "1"
    kept = {path.read_bytes() for path in space.path(".jobmake/pycache").iterdir()}
    assert len(kept) == 1, "only the project's own module is compiled by jobmake"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys\ndef f(): sys.exit(0)", "raised `SystemExit` at work.py:2"),
        ("import sys\ndef f(): sys.exit('no data')", "raised `SystemExit: no data` at work.py:2"),
        ("import os\ndef f(): os._exit(0)", "its process ended before the job returned"),
        (
            "import os\nfrom pathlib import Path\n"
            "def f(job):\n    Path(job.path, 'value').write_text('x')\n    os._exit(0)",
            "its process ended before the job returned",
        ),
    ],
)
def test_a_job_that_does_not_return_has_made_nothing(space, code, message):
    """Its exit code says that all is well."""
    space.write("work.py", code + "\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    for _ in range(2):
        process = space.start("build")
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert f"error: target `f` failed: {message}\n" in err.decode()
        assert "hint: a job ends by returning\n" in err.decode()


def test_ctrl_c_in_a_job_shows_its_own_frames_only(space):
    space.write("work.py", "def f():\n    raise KeyboardInterrupt\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    process = space.start("build")
    _, err = process.communicate(timeout=60)
    assert "error: target `f` failed: was ended by SIGINT\n" in err.decode()
    assert err.decode().count('  File "') == 1


def test_a_fork_that_comes_back_is_not_the_run(space):
    space.write(
        "work.py", "import os\ndef f():\n    return 'child' if os.fork() == 0 else 'parent'\n"
    )
    space.jobfile('[target.f]\npython = "work:f"\n')
    space.run("build")
    assert value(space, "f") == "parent"


def test_a_module_that_ends_its_process_breaks_its_own_targets(space):
    """All modules are imported by one process."""
    space.write("bad.py", "import os\nos._exit(0)\n")
    space.write("good.py", "def g():\n    return 1\n")
    space.jobfile('[target.f]\npython = "bad:f"\n[target.g]\npython = "good:g"\n')
    result = space.run("build", "-k", code=1)
    assert "error: target `f` failed: `bad`: importing it ended early\n" in result.err
    assert result.built == ["g"]


def test_doctor_looks_for_no_program_of_a_function(space):
    space.write("work.py", "def f(inputs, job):\n    return 1\n")
    space.write("a.txt", "")
    space.jobfile('[target.f]\npython = "work:f"\ninputs = ["a.txt"]\n')
    space.run("build")
    assert "is not here" not in space.run("doctor", code=None).out
    assert '"new": "work:f"' in space.run("why", "f", "--json").out


def test_what_was_not_loaded_is_not_said_to_be_up_to_date(space):
    """In a project that this user has not built, no job is known."""
    space.write("jobs/a.py", "from jobmake import Job\n")
    space.jobfile('[project]\njobs = ["jobs/*.py"]\n')
    result = space.run("status", "--check", code=1)
    assert "1 Python job was not loaded" in result.err


@pytest.mark.parametrize("pickled", [False, True])
def test_the_code_of_a_class_counts_for_who_is_given_an_object_of_it(space, pickled):
    kind = "class P:" if pickled else "@dataclasses.dataclass\nclass P:"
    made = "p = P(); p.x = 3; return p" if pickled else "return P(3)"
    space.write(
        "lib.py",
        f"import dataclasses\n{kind}\n    x: int\n    def norm(self):\n        return self.x\n",
    )
    space.write(
        "work.py",
        f"import lib\ndef fa():\n    from lib import P\n    {made}\nfa.pickle = {pickled}\n"
        "def fb(fa):\n    return fa.norm()\n",
    )
    space.jobfile(
        '[target.fa]\npython = "work:fa"\n[target.fb]\npython = "work:fb"\nneeds = ["fa"]\n'
    )
    space.run("build")
    assert value(space, "fb") == "3"
    assert space.run("build").built == []
    space.replace("lib.py", "return self.x", "return self.x + 1")
    assert "fb" in space.run("build").built
    assert value(space, "fb") == "4"
    assert space.run("build").built == []
