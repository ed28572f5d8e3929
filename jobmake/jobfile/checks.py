"""The key `check`: from names and tables to the checks of a target.

Knows which checks go together, and with which keys. What a check's settings mean is asked of
the check.

Invariant: a target whose checks say nothing of its outputs has the check `exists` besides.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.model.settings import filled, refuse_others, texts_of
from jobmake.tools.hints import did_you_mean
from jobmake.tools.template import TemplateError
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from jobmake.jobfile.declaration import Declarations
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.contracts import Check
    from jobmake.model.target import Scope

USUAL = "content"
_OF_ITSELF = {
    "own": "a Job with `is_up_to_date` or `are_states_equal` is asked by itself",
}


class AskedCheck(Value):
    """A check as a Jobfile asks for it: its name, what is said to it, and where."""

    name: str
    settings: Mapping[str, Any]
    place: Path


OF_CHECKS = frozenset(("check", "always", "max_age"))  # keys that say which checks there are
JUST_USUAL = (AskedCheck(USUAL, {}, ()),)  # of a target where nothing is said


class ForChecks(Value):
    """What one target is asked about: its keys and where they are; ``usual`` are the checks
    where it asks for none; ``own``: its job says itself whether it is up to date."""

    keys: Mapping[str, Any]
    place: Path
    usual: Sequence[AskedCheck]
    own: bool


def asked(value: Any, place: Path) -> tuple[AskedCheck, ...]:
    """Return the checks that a key `check` asks for."""
    several = isinstance(value, list)
    entries = enumerate(value) if several else ((None, value),)
    found = []
    for at, one in entries:
        here = place if at is None else (*place, at)
        if isinstance(one, str):
            found.append(AskedCheck(one, {}, here))
        else:
            settings = {name: below for name, below in one.items() if name != "type"}
            found.append(AskedCheck(one["type"], settings, here))
    return tuple(found)


def usual_of(
    declarations: Declarations, begin: Path, above: tuple[AskedCheck, ...]
) -> tuple[AskedCheck, ...]:
    """Return the checks of targets that ask for none: those of a Jobfile's `[project]`, else
    those ``above``."""
    if "check" not in declarations.project:
        return above
    profile = declarations.profiled.get("check")
    lead: Path = (*begin, "profile", profile) if profile else begin
    return asked(declarations.project["check"], (*lead, "project", "check"))


def known_checks(
    wanted: Iterable[AskedCheck], checks: Mapping[str, Check], problems: Problems
) -> tuple[AskedCheck, ...]:
    """Return the checks that there are, each once; what is wrong with others is noted. Where
    nothing is known of ``checks``, there may be all."""
    found: dict[str, AskedCheck] = {}
    for one in wanted:
        if (checks and one.name not in checks) or one.name in _OF_ITSELF:
            named = [name for name in checks if name not in _OF_ITSELF]
            hint = _OF_ITSELF.get(one.name) or did_you_mean(one.name, named)
            there = ", ".join(f"`{name}`" for name in named)
            problems.value(
                one.place, f"there is no check `{one.name}`", hint or f"there are {there}", one.name
            )
        elif one.name in found:
            problems.value(one.place, f"the check `{one.name}` is named twice", "leave one out")
        else:
            found[one.name] = one
    return tuple(found.values())


def checks_of(
    given: ForChecks, checks: Mapping[str, Check], problems: Problems
) -> tuple[AskedCheck, ...]:
    """Return the checks of a target; what is wrong is noted."""
    wanted = given.usual
    if "check" in given.keys:
        wanted = known_checks(asked(given.keys["check"], (*given.place, "check")), checks, problems)
    found = {one.name: one for one in wanted or (_bare(USUAL, given),)}
    if given.own and (USUAL in found or "check" not in given.keys):
        found.pop(USUAL, None)
        found = {"own": _bare("own", given), **found}
    if "max_age" in found and "max_age" not in given.keys:
        problems.value(
            found["max_age"].place, "the check `max_age` needs the key `max_age`", "say how old"
        )
    for name, more in (("always", given.keys.get("always")), ("max_age", "max_age" in given.keys)):
        if more:
            found.setdefault(name, _bare(name, given))
    if not {USUAL, "own"} & set(found):
        found = {"exists": _bare("exists", given), **found}
        _refuse_temp(given, found, problems)
    return tuple(found.values())


@lru_cache(maxsize=256)
def _names(*names: str) -> tuple[str, ...]:
    return names


def names_of(wanted: Iterable[AskedCheck]) -> tuple[str, ...]:
    """Return the names of some checks; of equal ones the same value, as there are many targets."""
    return _names(*(one.name for one in wanted))


def check_facts(
    wanted: Iterable[AskedCheck],
    scope: Scope,
    environ: Mapping[str, str],
    checks: Mapping[str, Check],
    problems: Problems,
) -> None:
    """Note what is wrong with the settings of some checks of a target."""
    for one in wanted:
        for fault in _faults(one, scope, environ, checks):
            note = problems.key if fault.of_name else problems.value
            note((*one.place, *fault.steps), f"check `{one.name}` {fault.message}", fault.hint)


def texts_in(
    wanted: Iterable[AskedCheck], problems: Problems, check: Callable[[Path, str], None]
) -> None:
    """Have every text in the settings of some checks looked at; what cannot stand there is
    noted."""
    for one in wanted:
        for steps, text in texts_of(one.settings):
            place = (*one.place, *steps)
            try:
                refuse_others(text)
            except TemplateError as error:
                problems.value(place, error.message, error.hint, error.text)
            else:
                check(place, text)


def _faults(
    one: AskedCheck, scope: Scope, environ: Mapping[str, str], checks: Mapping[str, Check]
) -> Iterator[Any]:
    validate = getattr(checks.get(one.name), "validate", None)
    if validate is None:
        return
    try:
        settings = {name: _filled(value, scope, environ) for name, value in one.settings.items()}
    except TemplateError:
        return  # noted before
    yield from validate(settings)


def _filled(value: Any, scope: Scope, environ: Mapping[str, str]) -> Any:
    """Return a setting with its values put in; one with a variable that is not set stays."""
    try:
        return filled(value, scope, environ)
    except TemplateError:
        if any("{env." in text for _, text in texts_of(value)):
            return value
        raise


def _bare(name: str, given: ForChecks) -> AskedCheck:
    return AskedCheck(name, {}, given.place)


def _refuse_temp(given: ForChecks, found: Mapping[str, AskedCheck], problems: Problems) -> None:
    """No time tells the age of a file that is gone."""
    if "timestamps" not in found or not _has_temp(given.keys):
        return
    problems.value(
        found["timestamps"].place,
        "`timestamps` cannot tell the age of a `temp` output, which is removed",
        'write `check = ["content", "timestamps"]`, or leave `temp` out',
    )


def _has_temp(keys: Mapping[str, Any]) -> bool:
    outputs = keys.get("outputs", [])
    entries = outputs.values() if isinstance(outputs, dict) else outputs
    flat = [one for entry in entries for one in (entry if isinstance(entry, list) else [entry])]
    marked = any(isinstance(one, dict) and one.get("temp") for one in flat)
    return bool(keys.get("temp") or marked)
