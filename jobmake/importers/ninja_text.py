"""The language of build.ninja: its text to rules, builds, pools and defaults.

Knows scopes, `$` escapes and when a variable is looked up. Does not know Jobfiles.

Invariant: what ninja refuses is refused with its line; a build's variables are
evaluated where it stands, a rule's when a build asks for them.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from jobmake.importers.draft import Source
from jobmake.tools.value import Mutable, Value, field, replace

Pieces = list[tuple[str, str]]  # (VARIABLE, its name), (TEXT, text) or (ESCAPED, one letter)
VARIABLE, TEXT, ESCAPED = "variable", "text", "escaped"

_NAME = re.compile(r"[\w.-]+", re.ASCII)
_PIECE = re.compile(
    r"\$(?:(?P<plain>[$ :|])|\{(?P<braced>[\w.-]+)\}|(?P<name>[\w-]+)|(?P<bad>.?))|(?P<text>[^$]+)",
    re.ASCII | re.DOTALL,
)
_SAFE = re.compile(r"[A-Za-z0-9_+./-]*")
RULE_KEYS = frozenset(
    """
    command depfile dyndep description deps generator pool restat rspfile rspfile_content
    msvc_deps_prefix
    """.split()  # noqa: SIM905
)
DEEPEST = 50  # files that include each other


class Line(Value):
    """One logical line: where it begins, whether it is indented, its text without `$` ends."""

    source: Source
    number: int
    indented: bool
    text: str

    def refuse(self, message: str, hint: str = "") -> NoReturn:
        raise self.source.wrong(message, self.number, self.text, hint)


class Scope(Mutable):
    """Variables and rules of a file; a `subninja` has its own below its parent's."""

    parent: Scope | None = None
    variables: dict[str, str] = field(default_factory=dict)
    rules: dict[str, dict[str, Pieces]] = field(default_factory=dict)

    def variable(self, name: str) -> str:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return ""

    def rule(self, name: str) -> dict[str, Pieces] | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.rules:
                return scope.rules[name]
            scope = scope.parent
        return {} if name == "phony" else None


class Build(Mutable):
    """One `build` statement; paths are as ninja sees them, in the order written."""

    line: Line
    rule: str
    outputs: list[str]
    more_outputs: list[str]
    inputs: list[str]
    implicit: list[str]
    order_only: list[str]
    validations: list[str]
    variables: dict[str, str]
    scope: Scope

    def value(self, name: str) -> str:
        """Return what a variable is for this build's rule."""
        return self._look_up(name, ())

    def _look_up(self, name: str, asked: tuple[str, ...]) -> str:
        if name in asked:
            self.line.refuse(f"the variables of rule `{self.rule}` need each other: `{name}`")
        if name in ("in", "in_newline"):
            return ("\n" if name == "in_newline" else " ").join(map(_quoted, self.inputs))
        if name == "out":
            return " ".join(map(_quoted, self.outputs))
        if name in self.variables:
            return self.variables[name]
        rule = self.scope.rule(self.rule) or {}
        if name in rule:
            return evaluate(rule[name], lambda inner: self._look_up(inner, (*asked, name)))
        return self.scope.variable(name)


class Manifest(Mutable):
    """All that a build.ninja says, with the files that it includes."""

    builds: list[Build] = field(default_factory=list)
    defaults: list[tuple[str, Line]] = field(default_factory=list)
    pools: dict[str, int] = field(default_factory=dict)


def parse(source: Source) -> Manifest:
    """Return what a build.ninja says. Raises JobfileError with the line at fault."""
    manifest = Manifest()
    _Parser(source, Scope(), manifest, 0).run()
    return manifest


def evaluate(pieces: Pieces, look_up: Callable[[str], str]) -> str:
    """Return a text with its variables filled in."""
    return "".join(look_up(text) if kind == VARIABLE else text for kind, text in pieces)


class _Parser:
    """Reads one file into a scope."""

    def __init__(self, source: Source, scope: Scope, manifest: Manifest, depth: int) -> None:
        self.source, self.scope, self.manifest, self.depth = source, scope, manifest, depth
        self.lines = list(_logical_lines(source))
        self.at = 0

    def run(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if line.indented:
                line.refuse("an indented line stands below nothing that it could belong to")
            word = line.text.split(None, 1)[0].partition("=")[0]
            rest = line.text[len(word) :].lstrip(" ")
            if rest.startswith("="):
                self.scope.variables[self._name(word, line)] = self._now(rest[1:].lstrip(" "), line)
            elif word in ("rule", "pool", "build", "default", "include", "subninja"):
                getattr(self, f"_read_{word}")(line, rest)
            else:
                line.refuse("this is no statement of ninja", "`NAME = VALUE`, `rule`, `build`, …")

    def _read_rule(self, line: Line, rest: str) -> None:
        name = self._name(rest.strip(), line)
        if name in self.scope.rules or name == "phony":
            line.refuse(f"there is a rule `{name}` already")
        rule = self.scope.rules[name] = {}
        for inner, key, text in self._bindings():
            if key not in RULE_KEYS:
                inner.refuse(f"a rule has no variable `{key}`")
            rule[key] = _pieces(text, inner)
        if "command" not in rule:
            line.refuse(f"rule `{name}` has no command")

    def _read_pool(self, line: Line, rest: str) -> None:
        name = self._name(rest.strip(), line)
        depth = ""
        for inner, key, text in self._bindings():
            if key != "depth":
                inner.refuse(f"a pool has no variable `{key}`")
            depth = self._now(text, inner)
        if not depth.isdecimal():
            line.refuse(f"pool `{name}` has no depth")
        self.manifest.pools[name] = int(depth)

    def _read_build(self, line: Line, rest: str) -> None:
        sections = _sections(rest, line)
        variables: dict[str, str] = {}
        for inner, key, text in self._bindings():
            variables[key] = self._now(text, inner)

        def value(name: str) -> str:
            return variables[name] if name in variables else self.scope.variable(name)

        def paths(mark: str) -> list[str]:
            found = (evaluate(one, value) for one in sections.get(mark, ()))
            return [posixpath.normpath(path) for path in found if path]

        rules = paths(":")
        if not rules:
            line.refuse("the build names no rule")
        rule, *inputs = rules
        if self.scope.rule(rule) is None:
            line.refuse(f"there is no rule `{rule}`")
        outputs = paths("")
        if not outputs and not paths("out|"):
            line.refuse("the build makes nothing")
        self.manifest.builds.append(
            Build(
                line, rule, outputs, paths("out|"), inputs, paths("|"), paths("||"), paths("|@"),
                variables, self.scope,
            )
        )  # fmt: skip

    def _read_default(self, line: Line, rest: str) -> None:
        for pieces in _words(_pieces(rest, line)):
            path = evaluate(pieces, self.scope.variable)
            self.manifest.defaults.append((posixpath.normpath(path), line))

    def _read_include(self, line: Line, rest: str) -> None:
        self._read_file(line, rest, self.scope)

    def _read_subninja(self, line: Line, rest: str) -> None:
        self._read_file(line, rest, Scope(self.scope))

    def _read_file(self, line: Line, rest: str, scope: Scope) -> None:
        path = self._now(rest, line)
        whole = os.path.join(self.source.folder, path)
        if not os.path.isfile(whole):
            line.refuse(f"there is no file `{path}`")
        if self.depth >= DEEPEST:
            line.refuse("the files include each other")
        # paths in it are those of the first file
        inner = _Included(path, self.source.path, self.source.root, whole)
        _Parser(inner, scope, self.manifest, self.depth + 1).run()

    def _bindings(self) -> Iterator[tuple[Line, str, str]]:
        while self.at < len(self.lines) and self.lines[self.at].indented:
            line = self.lines[self.at]
            self.at += 1
            name, equals, text = line.text.partition("=")
            if not equals:
                line.refuse("a `=` is missing here")
            yield line, self._name(name.strip(), line), text.lstrip(" ")

    def _name(self, text: str, line: Line) -> str:
        if not _NAME.fullmatch(text):
            line.refuse(f"`{text}` cannot be a name" if text else "a name is missing here")
        return text

    def _now(self, text: str, line: Line) -> str:
        return evaluate(_pieces(text, line), self.scope.variable)


class _Included(Source):
    """An included file: read from elsewhere, but its paths are the first file's."""

    text_path: str = ""

    def read(self) -> str:
        return replace(Source(self.name, self.text_path, self.root)).read()


def _logical_lines(source: Source) -> Iterator[Line]:
    begun: tuple[int, bool, str] | None = None
    for number, raw in enumerate(source.read().removesuffix("\n").split("\n"), 1):
        raw = raw.removesuffix("\r")
        if begun is None:
            text = raw.lstrip(" ")
            if not text or text.startswith("#"):
                continue
            if text.startswith("\t"):
                raise source.wrong("ninja allows no tabs for indentation", number, raw)
            begun = (number, raw.startswith(" "), text)
        else:
            begun = (begun[0], begun[1], begun[2] + raw.lstrip(" "))
        text = begun[2]
        if (len(text) - len(text.rstrip("$"))) % 2:
            begun = (begun[0], begun[1], text[:-1])
            continue
        yield Line(source, *begun)
        begun = None
    if begun is not None:
        raise source.wrong("the file ends within a line", begun[0], begun[2])


def _pieces(text: str, line: Line) -> Pieces:
    found: Pieces = []
    for match in _PIECE.finditer(text):
        if match["bad"] is not None:
            line.refuse(f"`${match['bad']}` is no escape", "a dollar sign itself is `$$`")
        if name := match["braced"] or match["name"]:
            found.append((VARIABLE, name))
        elif match["plain"]:
            found.append((ESCAPED, match["plain"]))
        else:
            found.append((TEXT, match["text"]))
    return found


def _sections(text: str, line: Line) -> dict[str, list[Pieces]]:
    """Split a build's line at its marks: outputs, `|` outputs, `:` rule and inputs, `|`, `||`."""
    sections: dict[str, list[Pieces]] = {"": []}
    mark = ""
    for word in _words(_pieces(text, line), ":|"):
        if word[0][0] == TEXT and word[0][1].startswith("\0"):
            new = word[0][1][1:]
            before_rule = ":" not in sections
            mark = "out|" if new == "|" and before_rule else new
            if mark in sections or (before_rule and mark in ("||", "|@")):
                line.refuse(f"`{new}` cannot stand here")
            sections[mark] = []
        else:
            sections[mark].append(word)
    if ":" not in sections:
        line.refuse("a `:` is missing here")
    return sections


def _words(pieces: Pieces, marks: str = "") -> list[Pieces]:
    """Split at blanks that are not escaped; a mark becomes a word of its own behind a NUL."""
    words: list[Pieces] = [[]]
    splitter = re.compile(r" +|\|\||\|@|\||:" if marks else r" +")
    for kind, text in pieces:
        if kind != TEXT:
            words[-1].append((kind, text))
            continue
        at = 0
        for match in splitter.finditer(text):
            if match.start() > at:
                words[-1].append((TEXT, text[at : match.start()]))
            if match.group().strip():
                words.append([(TEXT, "\0" + match.group())])
            words.append([])
            at = match.end()
        if at < len(text):
            words[-1].append((TEXT, text[at:]))
    return [word for word in words if word]


def _quoted(path: str) -> str:
    return path if _SAFE.fullmatch(path) else "'" + path.replace("'", "'\\''") + "'"
