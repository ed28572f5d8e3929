"""The lockfile: records as committed text.

Knows the text's one canonical form: TOML, a table per target with the name in its header,
sorted, one fact a line; no times, sizes, hosts or absolute paths. Does not know when it
is written, nor which record is right.

    [target."train[seed=1]"]
    fingerprint = "xxh3:…"
    action = "xxh3:…"
    [target."train[seed=1]".params]
    "model.depth" = 4

Invariant: reading what was written gives the same records, and writing them again the
same bytes. A record whose first line is not the digest of all the others (a merge by
lines that mixed two builds, a flipped bit) is not returned.
"""

from __future__ import annotations

import re

from jobmake.model.errors import StateError
from jobmake.model.fingerprint import KINDS, VALUE_KINDS, Claim, Fingerprint, Record
from jobmake.tools.pathnames import is_below
from jobmake.tools.regex import regex
from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import Value, asdict, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

HEADER = "# Written by jobmake. Commit it; do not edit it.\nlock-version = 1\n"
LOCK_VERSION = 1

# one table per kind of part but the first two, which are single facts of the target itself
_SINGLE = ("action", "version")
_SECTIONS = {"setting": "settings", "matrix": "matrix", "param": "params", "env": "env",
             "probe": "probes", "check": "checks", "code": "code",
             "source": "sources", "input": "inputs", "result": "results",
             "discovered": "discovered"}  # fmt: skip
_CLAIM = ("accepted-by", "accepted-on", "accepted-reason")
_KIND_OF = {section: kind for kind, section in _SECTIONS.items()}

_BARE = r"[A-Za-z0-9_-]++"
_QUOTED = r'"(?:[^"\\\n]++|\\.)*+"'
_FACT = rf"(?:{_BARE}|{_QUOTED}) = \S[^\n]*+\n"
# all of one target: a blank line, its own facts, its sections
_TABLE = regex(
    rf"\n\[target\.({_BARE}|{_QUOTED})\]\n(?:{_FACT})*+(?:\[target\.\1\.[a-z]+\]\n(?:{_FACT})*+)*+".encode()
)
_HEADER = regex(rf"\n\[target\.({_BARE}|{_QUOTED})\]\n".encode())
_FACT_LINE = regex(rf"({_QUOTED}) = (.*)")

Facts = dict[str, dict[str, str]]  # section ("" for the target's own) -> name -> TOML text


class ReadLockfile(Value):
    """What a lockfile says. ``rivals`` holds, where git left both sides of a conflict, the
    second record of each target that differs. ``damaged`` says why the text could not be
    read at all; ``broken`` names the targets whose record is not whole."""

    records: dict[str, Record]
    rivals: dict[str, Record]
    damaged: str | None = None
    broken: tuple[str, ...] = ()
    conflict: bool = False


def write(records: Mapping[str, Record]) -> bytes:
    """Return the canonical text of all records."""
    return "".join([HEADER, *(table(name, records[name]) for name in sorted(records))]).encode()


def read(data: bytes) -> ReadLockfile:
    """Return the records of a lockfile's text. Raises StateError for one of a newer jobmake."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ReadLockfile({}, {}, "it is not UTF-8")
    if re.search(r"^<{7}( |$)", text, re.MULTILINE):
        return _read_both_sides(text)
    try:
        records, broken = _records(data)
        return ReadLockfile(records, {}, broken=tuple(broken))
    except _DamagedError as error:
        return ReadLockfile({}, {}, str(error))


def tables(data: bytes) -> list[tuple[str, int, int]] | None:
    """Return for each table of a canonical text its target, and where it begins and ends; None if
    the text is of another form. It can hold marks of a conflict in no place."""
    position = len(HEADER)
    if data[:position] != HEADER.encode():
        return None
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return None
    found = []
    match = _TABLE.match
    while one := match(data, position):
        begin, position = position, one.end()
        found.append((_unquoted(one[1].decode()), begin, position))
    return found if position == len(data) else None


def name_of_table(data: bytes, begin: int) -> str:
    """Return the target of the table that begins at a place of a canonical text."""
    header = _HEADER.match(data, begin)
    assert header is not None, "it is not canonical"
    return _unquoted(header[1].decode())


def decoded(table: str) -> Record | None:
    """Return the record of one table of a canonical text, None if it is not whole."""
    facts: Facts = {}
    section: dict[str, str] = {}
    for line in table.split("\n"):
        if line[:1] == "[":
            # a name in quotes may hold a point, a section none
            name = line[line.rindex(".") + 1 : -1] if facts else ""
            if name in facts:
                return None  # said twice
            section = facts[name] = {}
        elif line[:1] == '"':
            if "\\" not in line:  # then the name ends with the next quotation mark
                name, _, text = line[1:].partition('" = ')
                section[name] = text
                continue
            fact = _FACT_LINE.match(line)
            if fact is None:
                return None
            section[_unquoted(fact[1])] = fact[2]
        elif line:
            name, _, text = line.partition(" = ")
            section[name] = text
    return _record(facts)


def merged(
    ours: Mapping[str, Record],
    theirs: Mapping[str, Record],
    agrees: Callable[[Record], bool],
) -> dict[str, Record]:
    """Return both sides' records; where they differ, the one that the disk agrees with."""
    result = dict(theirs)
    for name, record in ours.items():
        other = theirs.get(name)
        chosen = record if other is None else chosen_of(record, other, agrees)
        if chosen is None:
            del result[name]
        else:
            result[name] = chosen
    return result


def merged_in_three(
    base: Mapping[str, Record],
    ours: Mapping[str, Record],
    theirs: Mapping[str, Record],
    agrees: Callable[[Record], bool],
) -> tuple[dict[str, Record], list[str]]:
    """Return the merge of two sides that began as ``base``, and the names of the targets that
    both changed, and of which no record can be kept.

    What one side alone changed or removed is as that side has it.
    """
    result: dict[str, Record] = {}
    dropped = []
    for name in dict.fromkeys((*ours, *theirs)):
        old, one, other = base.get(name), ours.get(name), theirs.get(name)
        if one == old:
            chosen = other
        elif other in (old, one):
            chosen = one
        else:
            chosen = chosen_of(one, other, agrees)
            if chosen is None:
                dropped.append(name)
        if chosen is not None:
            result[name] = chosen
    return result, dropped


def chosen_of(
    one: Record | None, other: Record | None, agrees: Callable[[Record], bool]
) -> Record | None:
    """Return that of two records which the disk agrees with, the first before the second; of
    two that differ in a claim only, that of a run."""
    if one is not None and other is not None and replace(one, accepted=other.accepted) == other:
        return other if other.accepted is None else one
    return next((record for record in (one, other) if record and agrees(record)), None)


class _DamagedError(Exception):
    pass


def table(name: str, record: Record) -> str:
    """Return the canonical text of one record."""
    header = f"target.{toml_key(name)}"
    parts = record.fingerprint.parts
    lines = ["", f"[{header}]", f"fingerprint = {toml_value(record.seal)}"]
    if record.value is not None:
        lines.append(f"value = {toml_value(record.value)}")
    if record.accepted is not None:
        said = zip(_CLAIM, asdict(record.accepted).values(), strict=True)
        lines.extend(f"{fact} = {toml_value(text)}" for fact, text in said)
    grouped: dict[str, list[str]] = {}
    for (kind, part), value in parts.items():
        shown = value if kind in VALUE_KINDS else toml_value(value)
        if kind in _SINGLE:
            lines.append(f"{kind} = {shown}")
        else:
            grouped.setdefault(kind, []).append(f"{toml_key(part)} = {shown}")
    for kind in KINDS:
        if kind in grouped:
            lines.append(f"[{header}.{_SECTIONS[kind]}]")
            lines.extend(sorted(grouped[kind]))
    for section, digests in (("outputs", record.outputs), ("files", record.files)):
        if digests:
            lines.append(f"[{header}.{section}]")
            lines.extend(
                sorted(f"{toml_key(name)} = {toml_value(one)}" for name, one in digests.items())
            )
    return "\n".join(lines) + "\n"


def _read_both_sides(text: str) -> ReadLockfile:
    try:
        sides = (_side(text, number).encode() for number in (0, 2))
        (ours, torn), (theirs, rent) = map(_records, sides)
    except _DamagedError as error:
        return ReadLockfile({}, {}, f"{error}, beside marks of a conflict", conflict=True)
    rivals = {name: one for name, one in theirs.items() if name in ours and ours[name] != one}
    broken = tuple(name for name in dict.fromkeys((*torn, *rent)) if name not in {**ours, **theirs})
    return ReadLockfile({**theirs, **ours}, rivals, broken=broken, conflict=True)


def _side(text: str, wanted: int) -> str:
    """Return one side of a text with conflict marks: 0 ours, 2 theirs (1 is diff3's base)."""
    side, lines = None, []
    for line in text.splitlines(keepends=True):
        mark = line[:7]
        if mark in ("<<<<<<<", "|||||||", "=======", ">>>>>>>") and line[7:8] in (
            " ",
            "\n",
            "\r",
            "",
        ):
            side = {"<<<<<<<": 0, "|||||||": 1, "=======": 2, ">>>>>>>": None}[mark]
        elif side is None or side == wanted:
            lines.append(line)
    return "".join(lines)


def _records(data: bytes) -> tuple[dict[str, Record], list[str]]:
    """Return the records of a text, and the names of those that are not whole."""
    found: dict[str, Record | None]
    by_line = tables(data)
    if by_line is None or len({name for name, _, _ in by_line}) < len(by_line):
        found = {name: _record(facts) for name, facts in _facts_by_parser(data).items()}
    else:
        found = {name: decoded(data[begin:end].decode()) for name, begin, end in by_line}
    records = {name: record for name, record in found.items() if record is not None}
    return records, [name for name, record in found.items() if record is None]


def _record(facts: Facts) -> Record | None:
    """Return the record that the facts make up, or None if they do not fit together."""
    own = facts.get("", {})
    parts: list[tuple[str, str, str]] = []
    try:
        for kind in _SINGLE:
            if kind in own:
                text = own[kind]
                parts.append((kind, "", text if kind in VALUE_KINDS else _text(text)))
        for section, entries in facts.items():
            kind = _KIND_OF.get(section, "")
            for name, text in entries.items() if kind else ():
                parts.append((kind, name, text if kind in VALUE_KINDS else _text(text)))
        outputs = {path: _text(text) for path, text in facts.get("outputs", {}).items()}
        files = {name: _text(text) for name, text in facts.get("files", {}).items()}
        value = _text(own["value"]) if "value" in own else None
        said = [_text(own[fact]) for fact in _CLAIM if fact in own]
        claim = Claim(*said) if said else None
        claimed = _text(own["fingerprint"])
        fingerprint = Fingerprint.of(parts)
    except (KeyError, ValueError, TypeError):
        return None
    if not all(map(is_below, files)):
        return None
    record = Record(fingerprint, outputs, value, claim, files)
    return record if record.seal == claimed else None


def _facts_by_parser(text: bytes) -> dict[str, Facts]:
    from jobmake.tools.tomlguard import BadToml, HostileToml, parse

    try:
        data = parse(text)
    except (BadToml, HostileToml) as error:
        raise _DamagedError(f"line {error.line}: {error.message}") from None
    version = data.get("lock-version")
    if isinstance(version, int) and version > LOCK_VERSION:
        raise StateError(
            f"the lockfile is of version {version}, and this jobmake knows {LOCK_VERSION}",
            "install a newer jobmake; the lockfile is left as it is",
        )
    if version != LOCK_VERSION:
        raise _DamagedError("it has no `lock-version`")
    targets = data.get("target", {})
    if not isinstance(targets, dict):
        raise _DamagedError("`target` is not a table")
    return {name: _facts(table) for name, table in targets.items() if isinstance(table, dict)}


def _facts(table: dict[str, Any]) -> Facts:
    facts: Facts = {"": {}}
    for name, value in table.items():
        if isinstance(value, dict):
            facts[name] = dict(_texts(value))
        else:
            facts[""].update(_texts({name: value}))
    return facts


def _texts(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        try:
            yield name, toml_value(value)
        except (TypeError, ValueError):
            continue


def _text(toml: str) -> str:
    """Return the text that a value is, as it is written. Raises ValueError where it is none."""
    inner = toml[1:-1]
    if '"' not in inner and "\\" not in inner and toml == f'"{inner}"':
        return inner
    import json

    try:
        text = json.loads(toml)
    except RecursionError:
        text = None
    if not isinstance(text, str):
        raise ValueError(toml)
    return text


def _unquoted(key: str) -> str:
    if key[0] != '"':
        return key
    try:
        return _text(key)
    except ValueError:
        return key
