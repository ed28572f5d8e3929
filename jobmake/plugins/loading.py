"""One plugin, loaded: its hooks, and what they return.

Knows the hooks (`hookspecs`) and how pluggy tells them. Does not know which plugins there are,
nor whether they may be loaded.

Invariant: whatever a plugin does while it is loaded or asked is told as an error that names it,
and the line of it; nothing it prints goes where data goes.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE
from typing import TYPE_CHECKING, Any

import pluggy

from jobmake import hookspecs
from jobmake.jobfile.problems import AtLine
from jobmake.model.errors import JobmakeError, PluginError
from jobmake.plugins.blame import caused, line_at, note_file, place_in, said, shown
from jobmake.plugins.expected import NotExpectedError, things
from jobmake.plugins.modules import classes_of, load_file
from jobmake.plugins.registry import SETS
from jobmake.tools.hints import did_you_mean
from jobmake.worker.importing import is_own, quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobmake.jobfile.plugged import JobfileView
    from jobmake.plugins.finding import Found

_HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("jobmake_"))
_ASYNC = CO_COROUTINE | CO_ASYNC_GENERATOR
_ALONE = "jobmake_codecs"  # is not asked for here


class _Manager(pluggy.PluginManager):
    """Takes functions for hooks by their names alone."""

    def parse_hookspec_opts(self, _module: object, name: str) -> pluggy.HookspecOpts | None:
        return _spec_options() if name in _HOOKS else None

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if name not in _HOOKS or not callable(getattr(plugin, name)):
            return None
        return {"wrapper": False, "hookwrapper": False, "optionalhook": False,
                "tryfirst": False, "trylast": False, "specname": None}  # fmt: skip


def _spec_options() -> pluggy.HookspecOpts:
    return {"firstresult": False, "historic": False, "warn_on_impl": None,
            "warn_on_impl_args": None}  # fmt: skip


class Plugin:
    """A plugin that was loaded; ``settings`` is its table in the Jobfile."""

    def __init__(self, found: Found, settings: Mapping[str, Any], root: str) -> None:
        """Load it. Raises PluginError."""
        self.found, self.settings, self._root = found, settings, root
        self.given: dict[str, dict[str, Any]] = {}
        self.code: dict[str, tuple[tuple[str, str], ...]] = {}  # of job types that are its own
        module = self._carefully("cannot be loaded", self._import)
        self._hooks = self._hooks_of(module)

    def collect(self) -> None:
        """Ask its hooks for what it contributes. Raises PluginError."""
        for set_name, (hook, one, _) in SETS.items():
            if hook not in self._hooks:
                continue

            def ask(set_name: str = set_name, hook: str = hook, one: str = one) -> dict[str, Any]:
                returned = self._call(hook, settings=self.settings)
                return dict(self._apart(things(set_name, one, returned), one))

            self.given[set_name] = self._asked(hook, ask)
            for name, thing in self.given[set_name].items():
                self._note_code_of(thing)
                if set_name == "job_types" and self.found.is_own:
                    self.code[name] = self._code_of(thing, hook)

    def targets(self, view: JobfileView) -> tuple[Mapping[Any, Any], AtLine] | None:
        """Return the tables of targets that it generates, and which line does; None if it has
        no hook for that. Raises PluginError."""
        hook = "jobmake_targets"
        if hook not in self._hooks:
            return None

        def ask() -> Mapping[Any, Any]:
            returned = self._call(hook, jobfile=view)
            try:
                return dict(returned)
            except (TypeError, ValueError):
                kind = "nothing" if returned is None else f"a `{type(returned).__name__}`"
                message = f"returned {kind}, where names with tables of targets must be"
                raise NotExpectedError(message) from None

        tables = self._asked(hook, ask)
        file, line = self._line_of(hook)
        return tables, AtLine(file, line)

    def _code_of(self, thing: Any, hook: str) -> tuple[tuple[str, str], ...]:
        """Return the files of the project, and what in them, from which the code of what a hook
        returned is reached: the hook, and the thing's classes."""
        found = [(self._file, hook), *classes_of(thing)]
        return tuple(
            (shown(file, self._root), name) for file, name in found if is_own(file, self._root)
        )

    # -- loading ------------------------------------------------------------------------

    def _import(self) -> Any:
        found = self.found
        if found.path is not None:
            self._note_file(found.path)
            return load_file(found.path)
        name, _, inner = found.module.partition(":")
        spec = find_spec(name)
        self._note_file((spec.origin if spec else None) or name)
        plugin: Any = import_module(name)
        for step in filter(None, inner.split(".")):
            plugin = getattr(plugin, step)
        return plugin

    def _note_file(self, path: str) -> None:
        self._file = os.path.abspath(path)
        is_package = os.path.basename(path) == "__init__.py"
        owned = os.path.dirname(self._file) + "/" if is_package else self._file
        note_file(owned, self.found.name, self._root)

    def _note_code_of(self, thing: Any) -> None:
        """Note the file in which a contribution's class or function stands, if it is elsewhere."""
        code = thing if hasattr(thing, "__module__") and callable(thing) else type(thing)
        module = getattr(code, "__module__", "").partition(".")[0]
        file = getattr(sys.modules.get(code.__module__), "__file__", None)
        if file and module != "jobmake" and file != self._file:
            note_file(os.path.abspath(file), self.found.name, self._root)

    def _hooks_of(self, module: Any) -> dict[str, Any]:
        """Return the hooks of a plugin by their names. Raises PluginError."""
        manager = _Manager("jobmake")
        manager.add_hookspecs(hookspecs)
        for name in dir(module):
            thing = getattr(module, name)
            if name.startswith("jobmake_") and name not in _HOOKS and hasattr(thing, "__code__"):
                at = f"{shown(self._file, self._root)}:{thing.__code__.co_firstlineno}"
                hint = did_you_mean(name, _HOOKS) or f"there are {', '.join(_HOOKS)}"
                raise self._error(f": there is no hook `{name}` ({at})", hint)
        try:
            manager.register(module, self.found.name)
        except pluggy.PluginValidationError:
            raise self._arguments_error(module) from None
        self._refuse_async(module)
        callers = manager.get_hookcallers(module) or ()
        hooks = {caller.name: caller.get_hookimpls()[0] for caller in callers}
        if not hooks:
            what = shown(self._file, self._root)
            raise self._error(f" has no hooks ({what})", "a hook is a function `jobmake_checks`, …")
        if _ALONE in hooks and self.found.path is not None:
            self._hooks = hooks
            raise self._error(
                f": `{_ALONE}` has no meaning in a file of the project ({self._at(_ALONE)})",
                "let the jobs' own modules call `jobmake.add_codec`, or install the plugin",
            )
        return hooks

    def _refuse_async(self, module: Any) -> None:
        for name in _HOOKS:
            code = getattr(getattr(module, name, None), "__code__", None)
            if code is not None and code.co_flags & _ASYNC:
                at = f"{shown(code.co_filename, self._root)}:{code.co_firstlineno}"
                raise self._error(
                    f": `{name}` is `async`, and nobody would wait for it ({at})", "write `def`"
                )

    def _arguments_error(self, module: Any) -> PluginError:
        """Return the error of the first hook that asks for what it is not given."""
        for name in _HOOKS:
            code = getattr(getattr(module, name, None), "__code__", None)
            given = getattr(hookspecs, name).__code__
            known = given.co_varnames[: given.co_argcount]
            if code is None:
                continue
            for asked in code.co_varnames[: code.co_argcount]:
                if asked not in known:
                    at = f"{shown(self._file, self._root)}:{code.co_firstlineno}"
                    takes = ", ".join(f"`{one}`" for one in known) or "no arguments"
                    return self._error(
                        f": `{name}` has an argument `{asked}`, which is not given ({at})",
                        f"it may take {takes}",
                    )
        return self._error(": a hook has arguments that are not given")

    # -- asking -------------------------------------------------------------------------

    def _call(self, hook: str, **given: Any) -> Any:
        one = self._hooks[hook]
        return one.function(*(given[name] for name in one.argnames))

    def _asked(self, hook: str, ask: Callable[[], Any]) -> Any:
        """Return what a hook returned, with what goes wrong told of it."""
        try:
            return self._carefully(f"`{hook}` raised", ask)
        except NotExpectedError as error:
            raise self._error(f": `{hook}` {error} ({self._at(hook)})") from None

    def _carefully(self, what: str, function: Callable[[], Any]) -> Any:
        """Call a function of the plugin; raise PluginError for what it raises."""
        try:
            return quietly(function)
        except (NotExpectedError, JobmakeError, KeyboardInterrupt):
            raise
        except (Exception, SystemExit) as error:
            place = place_in(error, self.found.name)
            at = f"{shown(place[0], self._root)}:{place[1]}" if place else self.found.source
            begin = f": {what}" if "raised" in what else f" {what}:"
            hint = line_at(*place) if place else None
            if isinstance(error, ModuleNotFoundError):
                hint = f"install it for the Python in `{sys.prefix}`, which runs jobmake"
            raise caused(self._error(f"{begin} {said(error)} ({at})", hint), error) from error

    def _apart(self, pairs: Iterator[tuple[str, Any]], one: str) -> Iterator[tuple[str, Any]]:
        seen = set()
        for name, thing in pairs:
            if name in seen:
                raise NotExpectedError(f"returned two {one}s called `{name}`")
            seen.add(name)
            yield name, thing

    def _error(self, text: str, hint: str | None = None) -> PluginError:
        return PluginError(f"plugin `{self.found.name}`{text}", hint)

    def _at(self, hook: str) -> str:
        return "{}:{}".format(*self._line_of(hook))

    def _line_of(self, hook: str) -> tuple[str, int]:
        """Return the file and line of a hook."""
        code = getattr(self._hooks[hook].function, "__code__", None)
        if code is None:
            return shown(self._file, self._root), 1
        return shown(code.co_filename, self._root), code.co_firstlineno
