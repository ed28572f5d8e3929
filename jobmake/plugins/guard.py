"""The guard around what plugins contribute: every call of a method of theirs goes through it.

    guarded(check, "checks", "mine").reasons(...)

Knows that such a call may raise anything, end the process, print, or never return. Does not
know the contracts.

Invariants: what a method raises comes out as an error that the engine knows, blamed on the
plugin; nothing it prints goes where data goes; a signal ends it; what it returns bit by bit
was made while the guard stood.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

from jobmake.model.errors import Halted, JobmakeError, PluginError
from jobmake.plugins.blame import StandIn, blamed, caused, of_thing, said
from jobmake.tools.foreign import Halt, called

# a first signal does not end these: they have something to bring to its end
_PATIENT = frozenset({"executors", "caches", "reporters"})
_MAKERS = _PATIENT
_AS_THEY_ARE = frozenset({"commands"})  # they are no part of a build


def guarded(thing: Any, set_name: str, plugin: str) -> Any:
    """Return what stands for a contribution; of a maker, what makes such."""
    if set_name in _AS_THEY_ARE:
        return thing
    if set_name in _MAKERS:
        return _Maker(thing, set_name, plugin)
    return _Guarded(thing, set_name, plugin)


class _Guarded(StandIn):
    """A contribution, to be used in its place."""

    def __init__(self, thing: Any, set_name: str, plugin: str) -> None:
        self.__dict__.update(behind=thing, _set_name=set_name, _plugin=plugin)

    def __getattr__(self, name: str) -> Any:
        thing = self.behind
        found = _call(lambda: getattr(thing, name), self, asked=name)
        if not callable(found):
            return found
        return lambda *given, **more: _call(lambda: found(*given, **more), self)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.behind, name, value)


class _Maker(StandIn):
    """What makes contributions, in its place."""

    def __init__(self, make: Callable[..., Any], set_name: str, plugin: str) -> None:
        self._make = self.behind = make
        self._set_name, self._plugin = set_name, plugin

    def __call__(self, *given: Any, **more: Any) -> Any:
        made = _call(lambda: self._make(*given, **more), self)
        return _Guarded(made, self._set_name, self._plugin)


def _call(function: Callable[[], Any], of: _Guarded | _Maker, asked: str | None = None) -> Any:
    """Call what a plugin has; ``asked`` is the attribute that may not be there."""
    set_name, plugin = of._set_name, of._plugin

    def call() -> Any:
        found = function()
        return list(found) if isinstance(found, Iterator) else found

    try:
        return called(call, patient=set_name in _PATIENT, printing=set_name == "reporters")
    except Halt:
        raise Halted(f"plugin `{plugin}` was interrupted", "a signal ended the build") from None
    except AttributeError as error:
        if asked is not None and error.name == asked:
            raise
        raise _told(error, of) from error
    except KeyboardInterrupt as error:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            raise
        raise _told(error, of) from error
    except BaseException as error:
        raise _told(error, of) from error


def _told(error: BaseException, of: _Guarded | _Maker) -> BaseException:
    """Return an error as the engine, or who tells of a report, knows it."""
    if isinstance(error, Exception) and of._set_name == "reporters":
        return error
    try:
        return blamed(error)
    except BaseException as other:
        if isinstance(other, JobmakeError):
            return other
    if isinstance(error, Exception):
        return of_thing(of.behind, of._plugin, error)
    return caused(PluginError(f"plugin `{of._plugin}` raised {said(error)}"), error)
