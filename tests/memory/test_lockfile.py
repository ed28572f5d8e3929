"""The lockfile: one canonical text, and whatever else is found in its place is read as far
as it can be trusted, never further."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobmake.memory.lockfile import HEADER, merged, merged_in_three, read, write
from jobmake.model.errors import StateError
from jobmake.model.fingerprint import Claim, Fingerprint, Record
from jobmake.tools.pathnames import is_below
from jobmake.tools.tomltext import value as toml_value

DIGEST = "xxh3:00000000000000000000000000000001"


def record(*parts: tuple[str, str, Any], outputs: dict[str, str] | None = None) -> Record:
    """A record of the parts, values given as Python has them, digests as `DIGEST`."""
    digests = ("action", "source", "input", "result")
    texts = [
        (kind, name, value if kind in digests else toml_value(value)) for kind, name, value in parts
    ]
    return Record(Fingerprint.of(texts), outputs or {})


TRAIN = record(
    ("action", "", DIGEST),
    ("version", "", "3"),
    ("matrix", "seed", 1),
    ("param", "model.depth", 4),
    ("param", 'model."a b"', [1.0, "x\n", {"y": True}]),
    ("env", "$HOME", False),
    ("source", "train.py", DIGEST),
    ("input", "build/clean.csv", DIGEST),
    ("result", "prepare", DIGEST),
    outputs={"build/model.pkl": DIGEST, "build/log/": DIGEST},
)
CLEAN = record(("action", "", DIGEST), outputs={"build/clean.csv": DIGEST})
RECORDS = {"train[seed=1]": TRAIN, "clean": CLEAN}

TEXT = f"""\
# Written by jobmake. Commit it; do not edit it.
lock-version = 1

[target.clean]
fingerprint = "{CLEAN.seal}"
action = "{DIGEST}"
[target.clean.outputs]
"build/clean.csv" = "{DIGEST}"

[target."train[seed=1]"]
fingerprint = "{TRAIN.seal}"
action = "{DIGEST}"
version = "3"
[target."train[seed=1]".matrix]
seed = 1
[target."train[seed=1]".params]
"model.\\"a b\\"" = [1.0, "x\\n", {{y = true}}]
"model.depth" = 4
[target."train[seed=1]".env]
"$HOME" = false
[target."train[seed=1]".sources]
"train.py" = "{DIGEST}"
[target."train[seed=1]".inputs]
"build/clean.csv" = "{DIGEST}"
[target."train[seed=1]".results]
prepare = "{DIGEST}"
[target."train[seed=1]".outputs]
"build/log/" = "{DIGEST}"
"build/model.pkl" = "{DIGEST}"
"""


# -- the canonical text ---------------------------------------------------------------------


def test_records_have_one_text_that_people_can_read() -> None:
    assert write(RECORDS).decode() == TEXT
    assert write({}).decode() == HEADER


def test_what_was_written_is_read_again() -> None:
    found = read(TEXT.encode())

    assert (found.records, found.rivals, found.damaged) == (RECORDS, {}, None)
    assert read(HEADER.encode()).records == {}


def test_a_claim_is_in_the_text_and_under_the_seal() -> None:
    claim = Claim('ada "l"', "2026-11-21", "only a\ncomment")
    accepted = replace(TRAIN, accepted=claim)

    text = write({"a": accepted}).decode()

    assert 'accepted-by = "ada \\"l\\""\naccepted-on = "2026-11-21"\n' in text
    assert read(text.encode()).records == {"a": accepted}
    assert accepted.result == TRAIN.result
    for line in re.findall("^accepted-.*\n", text, re.MULTILINE):
        assert read(text.replace(line, "").encode()).broken == ("a",)
    assert read(text.replace("only a", "no").encode()).records == {}
    assert read(re.sub("accepted-.*\n", "", text).encode()).records == {}


def test_own_files_are_in_the_text_and_under_the_seal() -> None:
    one = replace(CLEAN, value=DIGEST, files={"in/b c": DIGEST, "a.svg": DIGEST})

    text = write({"a": one}).decode()

    assert text.endswith(f"""\
value = "{DIGEST}"
action = "{DIGEST}"
[target.a.outputs]
"build/clean.csv" = "{DIGEST}"
[target.a.files]
"a.svg" = "{DIGEST}"
"in/b c" = "{DIGEST}"
""")
    assert read(text.encode()).records == {"a": one}
    assert read(text.replace("a.svg", "b.svg").encode()).broken == ("a",)
    assert read(text.partition("[target.a.files]")[0].encode()).broken == ("a",)


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "", ".", "..", "a/", "a//b", "a\0"])
def test_a_name_of_an_own_file_that_leads_elsewhere_breaks_the_record(name: str) -> None:
    text = write({"a": replace(CLEAN, files={name: DIGEST})})
    assert read(text).broken == ("a",)
    assert read(b"\n" + text).broken == ("a",)


@pytest.mark.case("C15")
def test_of_two_sides_that_began_alike_each_gives_what_it_changed() -> None:
    base = {"a": CLEAN, "b": CLEAN, "c": CLEAN, "d": CLEAN}
    ours = {"a": TRAIN, "b": CLEAN, "d": TRAIN}
    theirs = {"a": CLEAN, "b": TRAIN, "c": CLEAN, "d": replace(CLEAN, outputs={}), "e": CLEAN}

    result, dropped = merged_in_three(base, ours, theirs, lambda record: False)

    assert (result, dropped) == ({"a": TRAIN, "b": TRAIN, "e": CLEAN}, ["d"])
    result, dropped = merged_in_three(base, ours, theirs, TRAIN.__eq__)
    assert (result["d"], dropped) == (TRAIN, [])


def test_a_run_is_believed_before_a_claim_of_the_same() -> None:
    claims = [replace(TRAIN, accepted=Claim(by, "2026-11-21", "x")) for by in ("ada", "bob")]

    for ours, theirs, best in ((TRAIN, claims[0], TRAIN), (claims[0], TRAIN, TRAIN)):
        result = merged({"a": ours}, {"a": theirs}, lambda record: False)
        assert result == {"a": best}
    assert merged({"a": claims[0]}, {"a": claims[1]}, lambda record: False) == {"a": claims[0]}


def test_the_order_of_records_and_parts_does_not_matter() -> None:
    parts = [(kind, name, value) for (kind, name), value in TRAIN.fingerprint.parts.items()]
    outputs = dict(sorted(TRAIN.outputs.items(), reverse=True))
    again = Record(Fingerprint.of(parts[::-1]), outputs)

    assert write({"clean": CLEAN, "train[seed=1]": again}) == write(RECORDS)


NAMES = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.one_of(
    st.booleans(), st.integers(), st.floats(), NAMES, st.dates(), st.lists(st.integers())
)
PARTS = st.lists(
    st.one_of(
        st.tuples(st.just("param"), NAMES, VALUES),
        st.tuples(st.sampled_from(["matrix", "env"]), NAMES, VALUES),
        st.tuples(st.sampled_from(["input", "source", "result"]), NAMES, st.just(DIGEST)),
    ),
    unique_by=lambda part: part[:2],
)
ALL_RECORDS = st.dictionaries(
    NAMES,
    st.builds(
        lambda p, o, f, v: replace(
            record(*p, outputs=dict.fromkeys(o, DIGEST)), files=dict.fromkeys(f, DIGEST), value=v
        ),
        PARTS,
        st.sets(NAMES),
        st.sets(NAMES.filter(is_below)),
        st.none() | st.just(DIGEST),
    ),
)


@given(ALL_RECORDS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_records_survive_and_give_the_same_bytes_again(records: dict[str, Record]) -> None:
    data = write(records)

    assert read(data).records == records
    assert write(read(data).records) == data
    # the quick reader by lines and the parser agree
    assert read(b"\n" + data).records == records


# -- other texts ----------------------------------------------------------------------------


def test_another_form_of_the_same_toml_is_read_too() -> None:
    text = f"""
target.clean = {{ fingerprint = '{CLEAN.seal}', action = '{DIGEST}',
                  outputs = {{ 'build/clean.csv' = '{DIGEST}' }} }}
lock-version = 1  # put behind
"""
    typed = record(("param", "a", 16), ("param", "b", 1000.0), ("param", "c", date(2020, 1, 2)))
    text += f"""
[target.'typed']
fingerprint = "{typed.seal}"
params.a = 0x10
params.b = 1_000e0
params.'c' = 2020-01-02
"""

    assert read(text.replace("},\n   ", "},").encode()).records == {"clean": CLEAN, "typed": typed}


@pytest.mark.case("C10")
def test_line_ends_of_windows_change_nothing() -> None:
    assert read(TEXT.replace("\n", "\r\n").encode()).records == RECORDS


def test_a_record_that_does_not_fit_its_fingerprint_is_not_returned() -> None:
    assert list(read(TEXT.replace('"model.depth" = 4', '"model.depth" = 5').encode()).records) == [
        "clean"
    ]
    assert list(read(TEXT.replace('"model.depth" = 4\n', "").encode()).records) == ["clean"]
    assert list(read(TEXT.replace("version = ", "verison = ").encode()).records) == []


@pytest.mark.case("C10")
@pytest.mark.parametrize(
    "line",
    [
        'fingerprint = ["xxh3"]', "fingerprint = 1", "fingerprint = {}", "action = 5",
        'action = "' + "[" * 100_000 + '"', "action = " + "[" * 100_000, "action = " + "9" * 10_000,
        "action = 2020-01-02", 'outputs = "x"', "outputs = { x = 5 }", "params = [1]", "inputs = 1",
        "results = { x = [[1]] }", "[target.clean.inputs.x]", "[[target.clean.inputs]]", "= 1",
        "[target.clean]", "[target]", "[target.clean.nonsense]\nx = 1", "\0",
    ],
)  # fmt: skip
def test_nonsense_in_a_record_costs_that_record_at_most_all(line: str) -> None:
    found = read(f"{HEADER}\n[target.clean]\n{line}\n".encode())

    assert found.records == {}


@pytest.mark.case("C10")
def test_what_is_no_lockfile_is_told_as_damaged() -> None:
    assert read(b"\xff").damaged == "it is not UTF-8"
    assert read(b"").damaged == "it has no `lock-version`"
    assert read(b"lock-version = 0").damaged == "it has no `lock-version`"
    assert read(b"lock-version = 1\ntarget = 5").damaged == "`target` is not a table"
    assert read(b"lock-version = \n").damaged == "line 1: invalid value"
    assert read(b"a = " + b"[" * 1000).damaged == "line 1: brackets are nested more than 64 deep"


@pytest.mark.case("C16")
def test_a_newer_version_is_an_error() -> None:
    with pytest.raises(StateError) as caught:
        read(TEXT.replace("lock-version = 1", "lock-version = 2").encode())

    assert (caught.value.message, caught.value.hint) == (
        "the lockfile is of version 2, and this jobmake knows 1",
        "install a newer jobmake; the lockfile is left as it is",
    )


# -- damage ---------------------------------------------------------------------------------


def trusted(data: bytes) -> dict[str, Record]:
    """The records of a damaged text; to be of a newer version is allowed too."""
    try:
        found = read(data)
    except StateError as error:
        told = error.message
    else:
        return {**found.records, **found.rivals}
    assert told.startswith("the lockfile is of version ")
    return {}


def assert_unharmed(records: dict[str, Record]) -> None:
    fingerprints = [one.fingerprint for one in RECORDS.values()]
    assert [one for one in records.values() if one.fingerprint not in fingerprints] == []


@pytest.mark.case("C10")
def test_a_text_cut_off_anywhere_gives_no_wrong_fingerprint() -> None:
    for end in range(len(TEXT)):
        assert_unharmed(trusted(TEXT[:end].encode()))


@pytest.mark.case("C10")
@pytest.mark.parametrize("bits", [0x01, 0x02, 0x10, 0x20, 0x80])
def test_a_text_with_any_byte_flipped_gives_no_wrong_fingerprint(bits: int) -> None:
    data = TEXT.encode()
    for at in range(len(data)):
        assert_unharmed(trusted(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]))


# -- conflicts ------------------------------------------------------------------------------

OURS = record(("action", "", DIGEST), ("param", "lr", 0.1))
THEIRS = record(("action", "", DIGEST), ("param", "lr", 0.2))


def conflict(base: str = "") -> bytes:
    """What git leaves where both sides changed one param of `train`."""

    def facts(one: Record) -> tuple[str, str]:
        lr = one.fingerprint.parts["param", "lr"]
        return f'fingerprint = "{one.seal}"\n', f"lr = {lr}\n"

    (ours, our_lr), (theirs, their_lr) = facts(OURS), facts(THEIRS)
    return (
        f"{TEXT}\n[target.train]\n"
        f"<<<<<<< HEAD\n{ours}{base}=======\n{theirs}>>>>>>> topic\n"
        f'action = "{DIGEST}"\n[target.train.params]\n'
        f"<<<<<<< HEAD\n{our_lr}{base}=======\n{their_lr}>>>>>>> topic\n"
    ).encode()


@pytest.mark.case("C14")
@pytest.mark.parametrize("base", ["", "||||||| 1a2b3c\nfingerprint = 1\n"], ids=["merge", "diff3"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_both_sides_of_a_conflict_are_read(base: str, ends: str) -> None:
    found = read(conflict(base).replace(b"\n", ends.encode()))

    assert found.records == {**RECORDS, "train": OURS}
    assert found.rivals == {"train": THEIRS}
    assert found.damaged is None


def test_a_target_of_one_side_only_is_no_rival() -> None:
    text = write({"a": OURS}).decode()
    mine, other = write({"b": OURS}).decode(), write({"c": THEIRS}).decode()
    body = [one.removeprefix(HEADER) for one in (mine, other)]

    found = read(f"{text}<<<<<<< HEAD{body[0]}=======\n{body[1]}>>>>>>> x\n".encode())

    assert (found.records, found.rivals) == ({"a": OURS, "b": OURS, "c": THEIRS}, {})


@pytest.mark.case("C10", "C14")
def test_a_conflict_cut_off_or_flipped_gives_no_wrong_fingerprint() -> None:
    data = conflict()
    right = [one.fingerprint for one in (*RECORDS.values(), OURS, THEIRS)]
    for at in range(data.index(b"[target.train]\n"), len(data)):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]):
            found = trusted(damaged).values()
            assert [one for one in found if one.fingerprint not in right] == []


def test_marks_in_a_text_without_a_conflict_are_no_conflict() -> None:
    strange = {"<<<<<<< a": record(("param", "=======", "<<<<<<< HEAD\n"))}

    assert read(write(strange)).records == strange


def test_of_two_records_the_one_that_the_disk_agrees_with_is_kept() -> None:
    ours, theirs = {"x": OURS, "a": CLEAN}, {"x": THEIRS, "b": TRAIN}
    both = {"a": CLEAN, "b": TRAIN}

    assert merged(ours, theirs, lambda one: one == OURS) == {**both, "x": OURS}
    assert merged(ours, theirs, lambda one: one == THEIRS) == {**both, "x": THEIRS}
    assert merged(ours, theirs, lambda _: False) == both
    assert merged(ours, ours, lambda _: False) == ours


def test_no_line_of_a_record_can_be_taken_for_another() -> None:
    """Names that try to end their line, their text or their table."""
    names = ['"', "\\", "\n", "]\n[target.evil]\n", "a = 1", "#", "\u2028", "\x85", "'", " ", ""]
    records = {name: record(*[("param", one, one) for one in names]) for name in names}

    text = write(records).decode()

    assert read(text.encode()).records == records
    assert text.splitlines() == text.rstrip("\n").split("\n")
    assert re.findall("evil", text) != []
    assert "evil" not in read(text.encode()).records
