"""The plugins of one project: found, loaded where that is allowed, and joined with what ships
with jobmake.

Knows in which order, and what takes the place of what is not loaded. Where a Jobfile names no
plugin nothing is imported here.

Invariants: no code of the project is loaded without permission; two contributions never have
one name; of a project that has not changed nothing is loaded twice in a process.
"""

from __future__ import annotations

from _thread import RLock
from contextlib import ExitStack

from jobmake.jobfile.plugged import Generated, Plugged
from jobmake.model.errors import PluginError, TargetError
from jobmake.plugins.registry import SETS, PluginFacts, collect
from jobmake.tools.value import Mutable, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    from jobmake.jobfile.plugged import NamedPlugin, Wanted
    from jobmake.jobfile.problems import Problems
    from jobmake.plugins.finding import Found
    from jobmake.plugins.loading import Plugin
    from jobmake.plugins.registry import Registry

    T = TypeVar("T")


_lock = RLock()  # loading changes `sys.path`; two projects may be opened in two threads


class _Kept(Mutable):
    """The plugins of one project as they were loaded last, by what was asked for."""

    asked: object = None
    plugins: list[Plugin] = field(default_factory=list)


_kept: dict[str, _Kept] = {}  # by the project's folder


class Plugging:
    """Has the plugins of a project contribute. ``allowed`` says whether its own code may be
    loaded. ``tolerant``: what is wrong with one plugin is kept in what is told of it. ``given``
    is what there is before, if not what ships with jobmake."""

    def __init__(
        self,
        root: str,
        allowed: Callable[[], bool],
        *,
        tolerant: bool = False,
        given: Registry | None = None,
    ) -> None:
        self._root, self._allowed, self._tolerant = root, allowed, tolerant
        self.registry: Registry = given or collect()
        self.left_out: list[str] = []

    def __call__(self, wanted: Wanted, problems: Problems) -> Plugged:
        """Return what there is with the plugins that a Jobfile names. Raises PluginError, and
        JobfileError for what is no plugin."""
        from jobmake.plugins.modules import project_behind

        with ExitStack() as stack:
            stack.enter_context(_lock)
            stack.enter_context(project_behind(self._root, wanted.path))
            facts = dict.fromkeys(one.name for one in wanted.plugins)
            told: dict[str, PluginFacts | None] = dict(facts)
            found = self._found(wanted, problems, told)
            if not self._tolerant:
                problems.raise_any()  # what there is to be known depends on the plugins
            plugins = self._loaded(found, wanted, told)
            targets = self._joined(plugins, wanted, told)
        self.registry = replace(self.registry, plugins=tuple(filter(None, told.values())))
        if self.left_out:
            self._stand_in()
        now = self.registry
        return Plugged(
            now.job_types, now.checks, now.executors, now.caches, targets, bool(self.left_out)
        )

    # -- finding and loading ------------------------------------------------------------

    def _found(
        self, wanted: Wanted, problems: Problems, told: dict[str, PluginFacts | None]
    ) -> list[Found]:
        """Return the plugins that are there, and may be loaded."""
        from jobmake.plugins.finding import NoPluginError, find

        found = []
        for named in wanted.plugins:
            try:
                one = find(named, self._root)
            except NoPluginError as error:
                problems.value(named.place, error.message, error.hint)
                told[named.name] = PluginFacts(
                    named.name, named.text, named.text, trouble=error.message
                )
                continue
            except Exception as error:  # a package above a dotted name is broken
                facts = PluginFacts(named.name, named.text, named.text)
                self._take(_broken(named, error), told, facts)
                continue
            if one.is_own and not self._allowed():
                self.left_out.append(one.written)
                told[one.name] = _facts(one, trouble=NOT_LOADED)
            else:
                found.append(one)
        return found

    def _loaded(
        self, found: list[Found], wanted: Wanted, told: dict[str, PluginFacts | None]
    ) -> list[Plugin]:
        """Return the plugins as they are now."""
        from jobmake.plugins.loading import Plugin
        from jobmake.plugins.modules import forget_changed, forget_others

        forget_others(self._root)
        changed = forget_changed(self._root)
        asked = found, wanted.settings, wanted.path
        kept = _kept.get(self._root)
        if kept is not None and not changed and kept.asked == asked:
            return kept.plugins
        plugins = []
        whole = True
        for one in found:
            try:
                plugin = Plugin(one, wanted.settings[one.name], self._root)
                plugin.collect()
                plugins.append(plugin)
            except PluginError as error:
                whole = False
                self._take(error, told, _facts(one))
        if whole:
            _kept[self._root] = _Kept(asked, plugins)
        return plugins

    def _take(
        self, error: PluginError, told: dict[str, PluginFacts | None], facts: PluginFacts
    ) -> None:
        """Raise an error, or keep it in what is told of a plugin."""
        if not self._tolerant:
            raise error
        told[facts.name] = replace(facts, trouble=error.message)

    # -- joining ------------------------------------------------------------------------

    def _joined(
        self, plugins: Iterable[Plugin], wanted: Wanted, told: dict[str, PluginFacts | None]
    ) -> tuple[Generated, ...]:
        """Put what the plugins contribute beside what is there; return their targets."""
        from jobmake.plugins.guard import guarded

        sets = {name: dict(getattr(self.registry, name)) for name in SETS}
        givers: dict[str, dict[str, str]] = {name: {} for name in SETS}
        code: dict[str, tuple[tuple[str, str], ...]] = {}
        targets: list[Generated] = []
        for plugin in plugins:
            found = plugin.found
            try:
                _refuse_clashes(plugin, sets, givers)
                made = plugin.targets(wanted.view(plugin.settings))
            except PluginError as error:
                self._take(error, told, _facts(found))
                continue
            for set_name, given in plugin.given.items():
                for name, thing in given.items():
                    sets[set_name][name] = guarded(thing, set_name, found.name)
                givers[set_name].update(dict.fromkeys(given, found.name))
            code.update(plugin.code)
            given_names = {name: tuple(one) for name, one in plugin.given.items() if one}
            if made is not None:
                tables, place = made
                targets += [Generated(name, table, place) for name, table in tables.items()]
                given_names["targets"] = tuple(map(str, tables))
            told[found.name] = replace(_facts(found), given=given_names)
        more: dict[str, Any] = {**sets, "givers": givers, "code": code}
        self.registry = replace(self.registry, settings=dict(wanted.settings), **more)
        return tuple(targets)

    def _stand_in(self) -> None:
        """Let any name be known: it may be one of a plugin that was not loaded."""
        now, which = self.registry, ", ".join(f"`{one}`" for one in self.left_out)
        self.registry = replace(
            now,
            job_types=_Open(now.job_types, lambda name: _JobType(name, which)),
            checks=_Open(now.checks, lambda name: _Check(name, which)),
            executors=_Open(now.executors, lambda name: _maker("executor", name, which)),
            caches=_Open(now.caches, lambda name: _maker("cache", name, which)),
            reporters=_Open(now.reporters, lambda name: _maker("reporter", name, which)),
        )


NOT_LOADED = "it is not loaded, because you have not built this project before"


def _facts(one: Found, trouble: str | None = None) -> PluginFacts:
    return PluginFacts(
        one.name, one.written, one.source, one.distribution, one.version, trouble=trouble
    )


def _broken(named: NamedPlugin, error: Exception) -> PluginError:
    from jobmake.plugins.blame import said

    return PluginError(f"plugin `{named.name}` cannot be loaded: {said(error)} ({named.text})")


def _refuse_clashes(
    plugin: Plugin, sets: Mapping[str, Mapping[str, Any]], givers: Mapping[str, Mapping[str, str]]
) -> None:
    for set_name, given in plugin.given.items():
        for name in given:
            if name in sets[set_name]:
                one = SETS[set_name][1]
                other = givers[set_name].get(name)
                own = plugin.found.name
                told = (
                    f"the plugins `{other}` and `{own}` both have a {one} `{name}`"
                    if other
                    else f"the plugin `{own}` has a {one} `{name}`, which jobmake has itself"
                )
                hint = "`jobmake plugins` shows what each contributes" if other else None
                raise PluginError(told, hint)


# -- what takes the place of what was not loaded ----------------------------------------


class _Open(dict[str, "T"]):
    """Contributions by name; one that is not known is made when it is asked for."""

    def __init__(self, known: Mapping[str, T], stand_in: Callable[[str], T]) -> None:
        super().__init__(known)
        self._stand_in = stand_in

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> T:
        return self._stand_in(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what there is of a name, or what stands for it."""
        return self[name]


def _unknown(what: str, name: str, which: str) -> TargetError:
    return TargetError(
        f"its {what} `{name}` is not known, because {which} is not loaded",
        "`jobmake build` loads it",
    )


def _maker(what: str, name: str, which: str) -> Callable[..., Any]:
    def make(*_given: object) -> Any:
        raise PluginError(
            f"the {what} `{name}` is not known, because {which} is not loaded",
            "`jobmake build` loads it",
        )

    return make


class _JobType:
    """A job type that is not known: its targets can be listed, and not judged."""

    version = ""

    def __init__(self, name: str, which: str) -> None:
        self.name, self._which = name, which

    def refuses(self) -> Mapping[str, str | None]:
        return {}

    def validate(self, *_given: object) -> Iterable[Any]:
        return ()

    def defaults(self) -> Mapping[str, Any]:
        return {}

    def files_read(self, _settings: object) -> Iterable[Any]:
        return ()

    def texts(self, _settings: object) -> Iterable[Any]:
        return ()

    def more(self, _settings: object) -> Iterable[str]:
        raise _unknown("job type", self.name, self._which)

    def problems(self, *_given: object) -> Iterable[Any]:
        return ()

    def prepare(self, *_given: object) -> Any:
        raise _unknown("job type", self.name, self._which)

    def shown(self, _bindings: object) -> str:
        return f"({self.name}, which is not loaded)"


class _Check:
    """A check that is not known: what it says cannot be told."""

    def __init__(self, name: str, which: str) -> None:
        self.name, self._which = name, which

    def reasons(self, *_given: object) -> Iterable[Any]:
        raise _unknown("check", self.name, self._which)
