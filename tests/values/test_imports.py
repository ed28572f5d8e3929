"""What is not used is not imported."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "pandas", "polars", "pyarrow", "pickle", "importlib.metadata", "decimal",
         "fractions", "uuid", "pathlib", "zoneinfo", "jobmake.values.builtin")  # fmt: skip


def loaded_after(code: str) -> set[str]:
    code += f"\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_built_in_values_load_no_codec() -> None:
    code = (
        "import jobmake.values.fields\n"
        "from jobmake.values.codec import to_json, from_json, value_text\n"
        "value = {1: [(2.5, {'x'}), None, b'x', {'a': range(3)}]}\n"
        "assert from_json(to_json(value)) == value\n"
        "value_text(value)"
    )
    assert loaded_after(code) <= {"pathlib"}  # which some Pythons load at their start


def test_values_of_the_standard_library_load_no_library_of_data() -> None:
    code = (
        "from decimal import Decimal\n"
        "from jobmake.values.codec import to_json, from_json\n"
        "assert from_json(to_json([Decimal(1)])) == [Decimal(1)]"
    )
    loaded = loaded_after(code)
    assert not loaded & {"numpy", "pandas", "polars", "pyarrow", "pickle", "importlib.metadata"}


def test_numpy_loads_no_other_library() -> None:
    code = (
        "import numpy\n"
        "from jobmake.values.codec import to_json, from_json\n"
        "assert from_json(to_json(numpy.arange(3))).tolist() == [0, 1, 2]"
    )
    assert not loaded_after(code) & {"pandas", "polars", "pyarrow"}


def test_a_library_that_is_not_installed_is_named() -> None:
    code = (
        "import sys\n"
        "from jobmake.values.codec import from_json\n"
        "from jobmake.values.trouble import UnreadableValue\n"
        "sys.modules['numpy'] = None\n"
        "array = {'dtype': '<i8', 'shape': [0], 'order': 'C'}\n"
        "try: from_json({'$ndarray': array, '$blobs': ['']})\n"
        "except UnreadableValue as error: print(error, '|', error.hint)\n"
        "del sys.modules['numpy']"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "a stored value needs the package `numpy`, which is not installed "
        "| pip install 'jobmake[data]'\n"
    )
