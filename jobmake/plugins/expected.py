"""What hooks must return: the names in it, and whether each thing keeps to its contract.

Knows the contracts by what they name; runs no method of a contribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jobmake.model import contracts
from jobmake.model.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTRACTS: Mapping[str, type] = {
    "job_types": contracts.JobType,
    "checks": contracts.Check,
    "commands": contracts.Command,
}
_NAME = re.compile(r"[\w-]+")
_VERB = re.compile(r"[a-z][\w-]*")


class NotExpectedError(Exception):
    """What a hook returned is not what it must return."""


def things(set_name: str, one: str, returned: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and thing of all that a hook returned. Raises NotExpectedError, and what the
    iteration raises."""
    if set_name in _CONTRACTS:
        if not isinstance(returned, Iterable) or isinstance(returned, str | Mapping):
            raise NotExpectedError(f"returned {_what(returned)}, where a list of {one}s must be")
        for thing in returned:
            yield _name_of(thing, one, _CONTRACTS[set_name]), thing
        return
    if not isinstance(returned, Mapping):
        raise NotExpectedError(
            f"returned {_what(returned)}, where names with makers of {one}s must be"
        )
    for name, maker in returned.items():
        if not isinstance(name, str) or not name:
            raise NotExpectedError(f"returned the name {name!r} of a {one}, which is no text")
        if not callable(maker):
            raise NotExpectedError(
                f"returned {_what(maker)} as `{name}`, where what makes a {one} must be: a"
                " function, or a class"
            )
        yield name, maker


def _name_of(thing: Any, one: str, contract: type) -> str:
    """Return the name of a contribution that keeps to its contract."""
    kind = thing.__name__ if isinstance(thing, type) else type(thing).__name__
    if isinstance(thing, type):
        raise NotExpectedError(f"returned the class `{kind}`: an instance must be, `{kind}()`")
    name = getattr(thing, "name", None)
    if not isinstance(name, str) or not name:
        was = "no `name`" if name is None else f"the `name` {name!r}, which is no text"
        raise NotExpectedError(f"returned a `{kind}` with {was}, as each {one} must have")
    if contract is contracts.Check and not _NAME.fullmatch(name):
        raise NotExpectedError(
            f"returned the check `{name}`: its name is made of letters, digits, `-` and `_`,"
            " since its facts are recorded as `NAME.FACT`"
        )
    if contract is not contracts.Command:
        from jobmake.plugins.authored import wrong  # it needs the bases, which take a while

        if fact := wrong(thing):
            raise NotExpectedError(f"returned the {one} `{name}`, {fact}")
    for each in contract.__annotations__:
        if not isinstance(getattr(thing, each, None), str):
            raise NotExpectedError(f"returned the {one} `{name}` without a text `{each}`")
    for each in (name for name in vars(contract) if not name.startswith("_")):
        if not callable(getattr(thing, each, None)):
            raise NotExpectedError(f"returned the {one} `{name}` without a method `{each}`")
    if contract is contracts.Command:
        if name in VERBS or name == "complete-words":
            raise NotExpectedError(f"returned the command `{name}`, which jobmake has itself")
        if not _VERB.fullmatch(name):
            raise NotExpectedError(f"returned a command called `{name}`, which cannot be typed")
    return name


def _what(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, type):
        return f"the class `{value.__name__}`"
    return f"a `{type(value).__name__}`"
