"""JSON is written as the standard library writes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmake.tools import jsontext

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_it_is_what_json_writes(value: object) -> None:
    assert jsontext.dumps(value) == json.dumps(value)
    compact = jsontext.encoder(compact=True)
    assert compact(value) == json.dumps(value, separators=(",", ":"))


@given(st.dictionaries(st.text(), VALUES))
def test_keys_are_sorted_if_that_is_wanted(value: object) -> None:
    try:
        expected = json.dumps(value, sort_keys=True)
    except TypeError:  # keys of two kinds
        with pytest.raises(TypeError):
            jsontext.encoder(sort=True)(value)
    else:
        assert jsontext.encoder(sort=True)(value) == expected


def test_what_json_does_not_hold_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular"):
        jsontext.dumps(circle)
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        jsontext.dumps({"a": set()})


def test_it_loads_no_json() -> None:
    text = "import sys, jsontext; print('json' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = ['.']; {text}"],
        cwd=Path(jsontext.__file__).parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "False\n"
