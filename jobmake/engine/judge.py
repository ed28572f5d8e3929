"""The one place that decides whether a target is up to date.

Looks at a target's inputs, labels what it sees (the fingerprint) and asks the target's
checks. Reads only. Does not know states, runs, or what happens to a decision.

`unknown` names targets that will, or may, run before the one at hand: what they make is
not known yet. It is empty in a build, where a target is judged when all it needs is
done; looking ahead (`forecast`) passes it.
"""

from __future__ import annotations

from jobmake.engine import facts
from jobmake.engine.meeting import Meeting, Naming
from jobmake.engine.plan import names_outputs
from jobmake.engine.sight import Sight
from jobmake.engine.steady import Steady
from jobmake.engine.view import View, result_now
from jobmake.memory.resultfiles import result_parts
from jobmake.model.decision import Forecast, Fresh, Reason, Stale, Undecided
from jobmake.model.errors import TargetError, as_it_is
from jobmake.model.fingerprint import Fingerprint, Record
from jobmake.model.secrets import told, without_users
from jobmake.model.served import Served
from jobmake.tools.value import Mutable, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from jobmake.engine.coding import Coding
    from jobmake.memory.files import Files
    from jobmake.memory.outside import Outside
    from jobmake.memory.records import Records
    from jobmake.model.contracts import Check, JobType
    from jobmake.model.fingerprint import Key
    from jobmake.model.graph import Graph
    from jobmake.model.needed import RoledPaths
    from jobmake.model.target import FilePattern, Target

_NOT_ASKED = '"it was not run"'  # a probe's answer, as TOML, where there is no other

_NOTHING = Fingerprint({})
Parts = list[tuple[str, str, str]]  # (kind, name, value)


class Judge(Mutable):
    """Judges targets. ``graph`` may grow; ``results`` grows as targets get done: name to
    digest. ``ages`` gives the seconds since a target's last good run here; ``varied``: with
    other params or another profile there may be other instances; ``partial``: there are
    records here of targets that the graph does not know; ``probe`` tells what a
    probe of a target says, or None where it must not be run; ``code`` what code it
    reaches, ``ask_job`` what the job of a target says of itself, ``may_ask`` whether the checks
    of one may ask the world outside, ``blamed`` whose an exception is (it raises one that is of
    no target), and ``python_path`` where modules are looked for; from ``input_directory`` jobs
    import data.
    """

    graph: Graph
    files: Files
    records: Records
    environ: Mapping[str, str]
    job_types: Mapping[str, JobType]
    checks: Mapping[str, Check]
    outside: Outside
    results: dict[str, str]
    probe: Callable[[Target, str], str | None]
    ages: Callable[[str], float | None] = lambda _name: None
    varied: bool = False
    partial: bool = False
    code: Coding | None = None
    ask_job: Callable[[Target, bool], bool | None] = lambda _target, _equal: None
    python_path: tuple[str, ...] = (".",)
    input_directory: str = "."
    blamed: Callable[[Exception], TargetError] = as_it_is
    may_ask: Callable[[str], bool] = lambda _name: True
    _served: Served | None = None
    _steady: Steady = field(default_factory=Steady)

    def glance(self, target: Target, unknown: Container[str] = ()) -> Sight:
        """Return as much as the target's checks look at: no file is read where none of them
        asks for digests. Raises TargetError as `look` does."""
        if facts.reads_digests(target, self.checks):
            return self.look(target, unknown)
        parts: Parts = []
        inputs = self._files_of("input", target, target.inputs, unknown)
        sources = self._files_of("source", target, target.sources, unknown)
        sight = Sight(_NOTHING, inputs, sources, whole=False)
        view = self.view(target, sight, unknown)
        without_files = (name for name, written_ns in view.needs().items() if written_ns is None)
        parts.extend(("result", name, self.result(name)) for name in without_files)
        parts.extend(self._facts(target, sight, unknown))
        return replace(sight, fingerprint=Fingerprint.of(parts))

    def look(self, target: Target, unknown: Container[str] = ()) -> Sight:
        """Return what the target's fingerprint is now. Raises TargetError for a file that
        is missing or cannot be read."""
        parts = self._steady.parts(target, self.environ, self.job_types)
        parts.extend(self._probed(target, unknown))
        if self.code is not None:
            parts.extend(("code", name, one) for name, one in self.code.parts(target))
            if target.job_type == "python":
                parts.extend(self._code_of_values(target, unknown))
        inputs = self._files_of("input", target, target.inputs, unknown, parts)
        sources = self._files_of("source", target, target.sources, unknown, parts)
        needed = [need for need in target.needs if need not in unknown]
        parts += [("result", need, self.result(need)) for need in needed]
        if target.job_type == "python":
            from jobmake.engine.above import parts_above

            coding = self.code
            used = (lambda: coding.used_of_parents(target)) if coding else (lambda: None)
            parts += parts_above(target, self.graph, used, self.result, unknown)
        found = self._discovered(target, unknown)
        parts += [("discovered", path, self.files.digest(path) or "gone") for path in found]
        parts += self._facts(target, Sight(_NOTHING, inputs, sources), unknown)
        return self._steady.sight(target, parts, inputs, sources)

    def decide(
        self,
        target: Target,
        sight: Sight,
        *,
        unknown: Container[str] = (),
        also: Iterable[Reason] = (),
    ) -> Forecast:
        """Return whether the target is up to date. `Undecided` only where some is unknown.

        ``also`` are reasons that were known before.
        """
        reasons = list(also)
        record = self.records.get(target.name)
        trouble = self.records.trouble(target.name)
        if trouble is not None:
            old = self.records.old(target.name)
            reasons.append(Reason("it", "", f"has no result: its last run {trouble}"))
            if old is not None:
                reasons.extend(self._asked(target, sight, old, unknown))
        else:
            reasons.extend(self._asked(target, sight, record, unknown))
        if reasons:
            return Stale(tuple(dict.fromkeys(reasons)))  # two checks may say the same
        depends_on = tuple(need for need in self.graph.needs[target.name] if need in unknown)
        counting = tuple(need for need in depends_on if self.counts(target, need))
        return Undecided(counting) if counting else Fresh()

    def counts(self, target: Target, need: str) -> bool:
        """Say whether what a needed target makes can be a reason: not of an `after`."""
        return need in target.needs or names_outputs(target, self.graph.targets[need].owned)

    def group_result(self, target: Target) -> str:
        """Return the result of a group whose members are done: theirs, and its files.

        Raises TargetError for a file that is missing or cannot be read.
        """
        parts: Parts = [("result", need, self.result(need)) for need in target.needs]
        self._files_of("input", target, target.inputs, (), parts)
        self._files_of("source", target, target.sources, (), parts)
        return Fingerprint.of(parts).digest

    def services_of(self, name: str) -> tuple[str, ...]:
        """Return the services that a run of a target needs, each after those that it needs."""
        if self._served is None or self._served.graph is not self.graph:
            self._served = Served(self.graph)
        return self._served.needed_by(name)

    def look_at_services(self, name: str) -> None:
        """Take for the results of these services what they are made of now. Raises TargetError."""
        for one in self.services_of(name):
            self.results[one] = self.look(self.graph.targets[one]).fingerprint.digest

    def is_gone(self, name: str) -> bool:
        """Say whether a record of this name can be of no target any more."""
        return not self.partial and self.graph.is_gone(name, varied=self.varied)

    @property
    def gone(self) -> Callable[[str], bool] | None:
        """What tells of records whether they are of no target any more; None: none are."""
        return None if self.partial else self.is_gone

    def result(self, name: str) -> str:
        """Return the result of a target that is done, or up to date. Raises TargetError."""
        found = self.results.get(name)
        if found is None:
            target = self.graph.targets[name]
            gone = self.absent_temps(target)
            found = result_now(target, self.files, self.records.get(name), gone)
            self.results[name] = found
        return found

    def keep_result(self, target: Target) -> None:
        """Note the result of a target that is up to date. Where nobody says that its outputs
        are as they were recorded, they are digested when somebody asks."""
        record = self.records.get(target.name)
        if target.by_content and record is not None:
            self.results[target.name] = record.result
        else:
            self.results.pop(target.name, None)

    def view(self, target: Target, sight: Sight, unknown: Container[str] = ()) -> View:
        """Return the disk and the past, for the checks of a target."""
        return View(
            target=target,
            files=self.files,
            graph=self.graph,
            environ=self.environ,
            ages=self.ages,
            asked=self.ask_job,
            old=self.records.old(target.name),
            files_read=(sight.inputs, sight.sources),
            named=lambda: self._named_before(target, unknown),
            unknown=unknown,
        )

    def absent_temps(self, maker: Target) -> dict[str, str]:
        """Return path and digest of a target's recorded temp outputs that are not there."""
        temp = [output for output in maker.outputs if output.temp]
        record = self.records.get(maker.name) if temp else None
        return {
            path: digest
            for path, digest in (record.outputs if record else {}).items()
            if _named_by(path, temp) and not self.files.exists(path.rstrip("/"))
        }

    def _asked(
        self, target: Target, sight: Sight, record: Record | None, unknown: Container[str]
    ) -> Iterator[Reason]:
        """Yield the reasons of the target's checks; what is unknown is no reason."""
        if record is not None and unknown:
            record = self._without_unknown(target, record, unknown)
        asked, view = facts.with_settings(target, self.environ), self.view(target, sight, unknown)
        for name in target.checks:
            for one in facts.reasons_of(self.checks[name], asked, sight.fingerprint, record, view):
                is_code = one.kind == "code" and self.code is not None
                yield self._named(one, record, sight) if is_code else one
        if target.depfile is not None and record is not None and sight.whole and not unknown:
            for path, digest in self.outside.get(target.name, record.seal).items():
                if self.outside.digest(path, self.files) != digest:
                    yield Reason("discovered", path, "changed")

    def _named(self, reason: Reason, record: Record | None, sight: Sight) -> Reason:
        """Return a reason of code with the names that changed."""
        now = sight.fingerprint.parts.get(("code", reason.name))
        return self.code.named(reason, record, now) if self.code else reason

    def _without_unknown(self, target: Target, record: Record, unknown: Container[str]) -> Record:
        patterns = (*target.inputs, *target.sources)
        made = tuple(self._unmade(target, unknown))
        meeting, unmade = Meeting(made), Naming(made)
        unseen = Naming(one for one in patterns if meeting.meets(one))

        def known(key: Key) -> bool:
            kind, name = key
            if kind == "result":
                return name not in unknown
            if kind == "discovered":
                return not unmade.names(name)
            if kind == "code" and ":" in name:  # of a class that a need's value names
                return not any(need in unknown for need in target.needs)
            return kind not in ("input", "source") or not unseen.names(name)

        parts = {key: value for key, value in record.fingerprint.parts.items() if known(key)}
        return replace(record, fingerprint=Fingerprint(parts, record.fingerprint.digest))

    def _code_of_values(
        self, target: Target, unknown: Container[str]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield the code of the classes that the values name which a target is given."""
        found: dict[str, str] = {}
        for need in target.needs if not any(one in unknown for one in target.needs) else ():
            record = self.records.get(need)
            if self.code and record is not None and record.value is not None:
                path = result_parts(record)[0][1]
                found.update(self.code.parts_of_value(path, record.value))
        for name, digest in found.items():
            yield "code", name, digest

    def _probed(self, target: Target, unknown: Container[str]) -> Iterator[tuple[str, str, str]]:
        """Yield what the probes say; what is not to be asked now is as it was."""
        if not target.probes:
            return
        record = self.records.old(target.name)
        before = record.fingerprint.parts if record else {}
        # it may ask what others are still to make
        waits = any(need in unknown for need in self.graph.needs[target.name])
        for text in target.probes:
            said, name = None if waits else self.probe(target, text), without_users(text)
            now = before.get(("probe", name), _NOT_ASKED) if said is None else said
            yield "probe", name, now if said is None else told(said, target.family, text)

    def _files_of(
        self,
        kind: str,
        target: Target,
        patterns: tuple[FilePattern, ...],
        unknown: Container[str],
        parts: Parts | None = None,
    ) -> RoledPaths:
        """Return the files of the patterns by role; add a part for each, if wanted."""
        if not patterns:
            return ()
        grouped: dict[str, list[str]] = {}
        seen: set[str] = set()
        absent = self._absent(target)
        unmade = Meeting(self._unmade(target, unknown)) if unknown else None
        for pattern in patterns:
            paths = grouped.setdefault(pattern.role, [])
            if unmade is not None and unmade.meets(pattern):
                continue
            for path in self._matching(target, pattern, absent):
                paths.append(path)
                if path not in seen:
                    seen.add(path)
                    name = path + "/" if pattern.kind == "folder" else path
                    if parts is not None:
                        digest = absent.get(name) or self._digest(pattern, path)
                        parts.append((kind, name, digest))
                    elif name not in absent:
                        self._digest(pattern, path, only_there=True)
        return tuple((role, tuple(paths)) for role, paths in grouped.items())

    def _absent(self, target: Target) -> dict[str, str]:
        """Return the temp files of all it needs that are not there: their recorded digests
        stand for them."""
        found: dict[str, str] = {}
        for need in self.graph.needs[target.name]:
            found.update(self.absent_temps(self.graph.targets[need]))
        return found

    def _matching(
        self, target: Target, pattern: FilePattern, absent: Mapping[str, str]
    ) -> tuple[str, ...]:
        paths = self.files.matching(pattern)
        if pattern.kind == "glob":
            own = target.owned
            gone = [path for path in absent if path[-1] != "/" and _named_by(path, (pattern,))]
            found = sorted({*paths, *gone}) if gone else paths
            paths = tuple(path for path in found if not (own and _named_by(path, own)))
            if not paths:
                raise TargetError(f"`{pattern.path}` matches no file")
        return paths

    def _digest(self, pattern: FilePattern, path: str, *, only_there: bool = False) -> str:
        """Return the digest of a file that must be there; `only_there`: do not read it."""
        if only_there:
            is_there = self.files.exists(path) and not self.files.wrong_kind(pattern)
            digest = "" if is_there else None
        else:
            digest = self.files.digest(path, "" if pattern.kind == "glob" else pattern.kind)
        if digest is None:
            wrong = self.files.wrong_kind(pattern)
            raise TargetError(wrong or f"`{pattern.shown}` is missing")
        return digest

    def _facts(
        self, target: Target, sight: Sight, unknown: Container[str]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield what the checks know of the world outside; where they may not be asked, or it
        may depend on what others are still to make, it is taken as it was."""
        if not facts.knows_facts(target, self.checks):
            return
        waits = any(need in unknown for need in self.graph.needs[target.name])
        if waits or not self.may_ask(target.name):
            record = self.records.old(target.name)
            for (kind, name), value in (record.fingerprint.parts if record else {}).items():
                if kind == "check":
                    yield kind, name, value
        else:
            yield from facts.settings_of_facts(target, self.checks)
            asked, view = facts.with_settings(target, self.environ), self.view(target, sight)
            yield from facts.facts_of(asked, self.checks, view)

    def _named_before(self, target: Target, unknown: Container[str]) -> tuple[str, ...]:
        """Return the files that the last good run named in its depfile."""
        record = self.records.get(target.name) if target.depfile is not None else None
        outside = self.outside.get(target.name, record.seal) if record else ()
        return (*self._discovered(target, unknown), *outside)

    def _discovered(self, target: Target, unknown: Container[str]) -> Iterator[str]:
        """Yield the files of the project that the last good run named in its depfile."""
        record = self.records.old(target.name) if target.depfile is not None else None
        if record is None:
            return
        unmade = Naming(self._unmade(target, unknown))
        for kind, path in record.fingerprint.parts:
            if kind == "discovered" and not unmade.names(path):
                yield path

    def _unmade(self, target: Target, unknown: Container[str]) -> Iterator[FilePattern]:
        """Yield what the targets that are unknown, and come before this one, will make."""
        if not unknown:
            return
        for need in self.graph.needs[target.name]:
            if need in unknown:
                yield from self.graph.targets[need].owned


def _named_by(path: str, patterns: Iterable[FilePattern]) -> bool:
    """Say whether a path (a folder's with its slash) is, or lies in, what a pattern names."""
    return any(pattern.names(path) for pattern in patterns)
