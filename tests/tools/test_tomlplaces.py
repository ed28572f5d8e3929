"""Each key and value of a TOML text is found where it is written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from jobmake.tools.tomlplaces import Path, Span, line_and_column, locate
from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.tomltext import value as toml_value
from tests.tools.test_tomltext import names, same, scalars

JOBFILE = """\
# what we make
[project]
name = "penguins"   # the folder's name

[target.clean]
run = "python clean.py"
inputs = ["data/penguins.csv", "@raw"]

[target."train[a]".env]
SEED = '7'

[target.report]
params.model.depth = 4
outputs = { page = "build/report.html", log = { path = "log", temp = true } }
needs = [
    "clean",  # with a ] in it
    "train",
]

[[check]]
max_age = "7d"

[[check]]
version = 3
"""


def written(text: str, span: Span | None) -> str | None:
    """Return what stands at a place."""
    return None if span is None else text[span.start : span.end]


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("project",), "project", "[project]"),
        (("project", "name"), "name", '"penguins"'),
        # no header opens `target` itself: the first that names it stands for it
        (("target",), "target", "[target.clean]"),
        (("target", "clean"), "clean", "[target.clean]"),
        (("target", "clean", "inputs"), "inputs", '["data/penguins.csv", "@raw"]'),
        (("target", "clean", "inputs", 1), None, '"@raw"'),
        (("target", "train[a]"), '"train[a]"', '[target."train[a]".env]'),
        (("target", "train[a]", "env", "SEED"), "SEED", "'7'"),
        (("target", "report", "params"), "params", "params.model.depth"),
        (("target", "report", "params", "model"), "model", "params.model.depth"),
        (("target", "report", "params", "model", "depth"), "depth", "4"),
        (("target", "report", "outputs", "log"), "log", '{ path = "log", temp = true }'),
        (("target", "report", "outputs", "log", "temp"), "temp", "true"),
        (("target", "report", "needs", 1), None, '"train"'),
        (("check",), "check", "[[check]]"),
        (("check", 1), "check", "[[check]]"),
        (("check", 1, "version"), "version", "3"),
        # not there
        ((), None, None),
        (("project", "nam"), None, None),
        (("project", "name", "first"), None, None),
        (("project", 0), None, None),
        (("target", "clean", "inputs", 2), None, None),
        (("target", "clean", "inputs", -1), None, None),
        (("target", "clean", "inputs", "0"), None, None),
        (("target", "clean", "inputs", 0, 0), None, None),
    ],
)
def test_a_path_leads_to_its_key_and_its_value(
    path: Path, key: str | None, value: str | None
) -> None:
    places = locate(JOBFILE)

    assert written(JOBFILE, places.key(path)) == key
    assert written(JOBFILE, places.value(path)) == value


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("target", "report"), 12),
        (("target", "report", "needs", 1), 17),
        (("check",), 20),
        (("check", 0), 20),
        (("check", 1), 23),
    ],
)
def test_of_several_alike_the_right_one_is_found(path: Path, line: int) -> None:
    span = locate(JOBFILE).value(path)

    assert span is not None
    assert line_and_column(JOBFILE, span.start)[0] == line


@pytest.mark.parametrize(
    ("text", "path", "key", "value"),
    [
        # keys
        ('"a\\u00e9\\"\\\\" = 1', ('aé"\\',), '"a\\u00e9\\"\\\\"', "1"),
        ("'a\\u00e9' = 1", ("a\\u00e9",), "'a\\u00e9'", "1"),
        ('"" = 1', ("",), '""', "1"),
        ("'' . \"\" = 1", ("", ""), '""', "1"),
        ("1979-05-27 = 1", ("1979-05-27",), "1979-05-27", "1"),
        ("3.14 = 1", ("3", "14"), "14", "1"),
        ('"a.b" .\t"#=" = 1', ("a.b", "#="), '"#="', "1"),
        ("true.a = 1\ntrue.b = 2", ("true", "b"), "b", "2"),
        ("  a=1", ("a",), "a", "1"),
        ("\ufeffa = 1", ("a",), "a", "1"),
        # strings
        ('a = "\\""\nb = 1', ("b",), "b", "1"),
        ('a = """x" ""\\""""\nb = 1', ("a",), "a", '"""x" ""\\""""'),
        ('a = """"quoted"""""\nb = 1', ("a",), "a", '""""quoted"""""'),
        ('a = """\\\n  b = 2\n"""\nb = 1', ("b",), "b", "1"),
        ("a = '''it''s'''''\nb = 1", ("a",), "a", "'''it''s'''''"),
        ("a = '\\'\nb = 1", ("b",), "b", "1"),
        ("a = [\"\"\"\"\"\", '', \"\", '''''', 1]", ("a", 4), None, "1"),
        ("a = '''\r\nb = 2\r\n'''\r\nb = 1\r\n", ("b",), "b", "1"),
        # moments and numbers
        ("a = 1979-05-27 07:32:00Z # x", ("a",), "a", "1979-05-27 07:32:00Z"),
        ("a = [1979-05-27 , 07:32:00]", ("a", 0), None, "1979-05-27"),
        ("a = [1979-05-27T07:32:00.5-07:00,1]", ("a", 0), None, "1979-05-27T07:32:00.5-07:00"),
        ("a = 1979-05-27 # 07:32:00", ("a",), "a", "1979-05-27"),
        ("a = {b=-1_0.5e+3}", ("a", "b"), "b", "-1_0.5e+3"),
        # arrays and inline tables
        ("a = [[], [[1]], {}]", ("a", 1, 0), None, "[1]"),
        ("a = [ # ]\n\n  1, # [\n\t2 ,\n]\nb = 3", ("a", 1), None, "2"),
        ("a = [ # ]\n\n  1, # [\n\t2 ,\n]\nb = 3", ("b",), "b", "3"),
        ("a = {b.c = 1, b.d = [{e = 2}]}", ("a", "b"), "b", "b.c"),
        ("a = {b.c = 1, b.d = [{e = 2}]}", ("a", "b", "d", 0, "e"), "e", "2"),
        ("a = {\n  b = 1, # }\n  c = 2,\n}\nd = 3", ("a", "c"), "c", "2"),
        ("a = {\n  b = 1, # }\n  c = 2,\n}\nd = 3", ("d",), "d", "3"),
        # headers
        ("[ a . 'b' ]#]\nc = 1", ("a", "b"), "'b'", "[ a . 'b' ]"),
        ("[a.b]\n[a]\nc = 1", ("a",), "a", "[a]"),
        ("[a.b]\n[a]\nc = 1", ("a", "c"), "c", "1"),
        ("[[a]]\n[a.b]\nc = 1\n[[a]]\n[a.b]\nc = 2", ("a", 1, "b", "c"), "c", "2"),
        ("[[a]]\n[[a.b]]\n[[a.b]]\nc = 1", ("a", 0, "b", 1), "b", "[[a.b]]"),
        ("[a]\r\nb = 1\r\n\r\n[c]\r\nd = 2\r\n", ("c", "d"), "d", "2"),
    ],
)
def test_every_way_to_write_is_understood(
    text: str, path: Path, key: str | None, value: str
) -> None:
    tomli.loads(text.removeprefix("\ufeff"))  # it is TOML indeed
    places = locate(text)

    assert written(text, places.key(path)) == key
    assert written(text, places.value(path)) == value


@pytest.mark.parametrize(
    ("offset", "place"), [(0, (1, 0)), (2, (1, 2)), (3, (2, 0)), (5, (3, 0)), (7, (3, 2))]
)
def test_lines_count_from_1_and_columns_from_0(offset: int, place: tuple[int, int]) -> None:
    assert line_and_column("ab\n\r\nxy", offset) == place


def test_a_nesting_as_deep_as_the_parser_allows_needs_no_recursion() -> None:
    text = "a = " + "[{b = " * 199 + "1" + "}]" * 199
    tomli.loads(text)
    path: Path = ("a", *(0, "b") * 199)

    assert written(text, locate(text).value(path)) == "1"


# Random values, written in random ways


class Writer:
    """Writes a table as TOML, each time in another of the ways there are."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def document(self, table: dict[str, Any]) -> str:
        text = self._body(table, "")
        return text.replace("\n", "\r\n") if self.random.random() < 0.3 else text

    def _body(self, table: dict[str, Any], header: str) -> str:
        """Write what a header opens: its own values first, then tables with their headers."""
        lines, tables = [], []
        for name, value in table.items():
            key = self._key(name)
            style = self.random.choice(["inline", "header", "dotted"])
            if style == "header" and isinstance(value, dict):
                tables.append(f"[{header}{key}] # [x]\n" + self._body(value, f"{header}{key}."))
            elif style == "header" and _is_list_of_tables(value):
                for one in value:
                    body = self._body(one, f"{header}{key}.")
                    tables.append(f"[[ {header}{key} ]]\n{body}")
            elif style == "dotted" and isinstance(value, dict) and value:
                lines += [f"{key} . {line}" for line in self._pairs(value)]
            else:
                lines.append(f"{key} = {self._value(value)}")
        return "".join(f"{line}{self._comment()}\n" for line in lines) + "".join(tables)

    def _pairs(self, table: dict[str, Any]) -> list[str]:
        return [f"{self._key(name)}={self._value(value)}" for name, value in table.items()]

    def _value(self, value: Any) -> str:
        gap = self.random.choice(["", " ", "\n", " # ]}\n\t"])
        if isinstance(value, list):
            return f"[{gap}" + "".join(f"{self._value(one)}{gap}, " for one in value) + "]"
        if isinstance(value, dict):
            return "{" + gap + f",{gap}".join(self._pairs(value)) + gap + "}"
        if isinstance(value, str):
            return self._string(value)
        return toml_value(value)

    def _string(self, text: str) -> str:
        plain = all(char >= " " and char not in "'\\\x7f" for char in text)
        ways = [toml_value(text), '"""\n' + toml_value(text)[1:-1] + '"""']
        if plain:
            ways += [f"'{text}'", f"'''{text}'''"]
        return self.random.choice(ways)

    def _key(self, name: str) -> str:
        escaped = "".join(f"\\U{ord(char):08x}" for char in name)
        return self.random.choice([toml_key(name), f'"{escaped}"'])

    def _comment(self) -> str:
        return self.random.choice(["", "  # it's [a] {comment}", "\n\n#\n"])


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield each value within a value, with its path."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for step, one in inner:
        yield (*path, step), one
        yield from paths(one, (*path, step))


nested = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)


@given(st.dictionaries(names, nested, max_size=5), st.randoms(use_true_random=False))
def test_what_stands_at_each_place_reads_as_the_value(
    table: dict[str, Any], random: Random
) -> None:
    text = Writer(random).document(table)
    assert same(tomli.loads(text), table)
    places = locate(text)

    for path, value in paths(table):
        key, place = written(text, places.key(path)), written(text, places.value(path))
        if isinstance(path[-1], str):
            assert tomli.loads(f"{key} = 1") == {path[-1]: 1}
        else:
            assert place is not None
            assert key is None or place.startswith("[[")
        if _has_text_of_its_own(place, value):
            assert same(tomli.loads(f"x = {place}")["x"], value)


def _has_text_of_its_own(place: str | None, value: object) -> bool:
    """Tell a table in brackets from one whose place is a header or a dotted key."""
    assert place
    if isinstance(value, dict):
        return place.startswith("{")
    return not (_is_list_of_tables(value) and place.startswith("[[ "))


# What it costs


@pytest.mark.parametrize(
    "piece",
    ["[target.t{0}]\nrun = 'x'\nneeds = ['a', 'b']\n", "[[t]]\n", "k{0} = 1\n",
     "k{0} = [[[],[{{a=1}}]]]\n", "a.b.c.k{0} = '''x\n'''\n", "#\n", "\n"],
    ids=lambda text: text[:12].replace("\n", " "),
)  # fmt: skip
@pytest.mark.parametrize(("start", "end"), [("", ""), ("[x.y.z]\n", ""), ("s = '''\n", "'''")])
def test_eight_times_the_text_takes_about_eight_times_as_long(
    piece: str, start: str, end: str
) -> None:
    if end:
        piece = piece.replace("'''", "''")

    def work(count: int) -> float:
        text = start + "".join(piece.format(number) for number in range(count)) + end
        tomli.loads(text)
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            locate(text)
            best = min(best, time.process_time() - begin)
        return best

    assert work(8_000) < 32 * work(1_000) + 0.01
