"""The one place that decides whether a target is up to date.

Looks at a target's inputs, labels what it sees (the fingerprint) and asks the target's
checks. Reads only. Does not know states, runs, or what happens to a decision.

`unknown` names targets that will, or may, run before the one at hand: what they make is
not known yet. It is empty in a build, where a target is judged when all it needs is
done; looking ahead (`forecast`) passes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobmake.engine.above import parts_above
from jobmake.engine.meeting import Meeting, Naming
from jobmake.engine.plan import names_outputs
from jobmake.memory.resultfiles import result_parts
from jobmake.model.decision import Forecast, Fresh, Reason, Stale, Undecided
from jobmake.model.declared import Given
from jobmake.model.errors import TargetError
from jobmake.model.fingerprint import UNSET, Fingerprint, Record
from jobmake.model.secrets import told
from jobmake.model.target import Manner
from jobmake.tools.digest import digest_texts
from jobmake.tools.tomltext import value as toml_value

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

_USUAL = Manner()
_NOT_ASKED = '"it was not run"'  # a probe's answer, as TOML, where there is no other

Parts = list[tuple[str, str, str]]  # (kind, name, value)


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a target: its fingerprint, and the files behind it by role."""

    fingerprint: Fingerprint
    inputs: RoledPaths
    sources: RoledPaths

    def stamps(self, files: Files) -> Mapping[str, tuple[int, ...]]:
        """Return what shows that a file was written since, also if it was put back."""
        paths = [path for _, paths in (*self.inputs, *self.sources) for path in paths]
        try:
            return files.stamps(paths)
        except OSError as error:
            raise TargetError(f"cannot read `{error.filename}`: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class View:
    """The disk and the past, as a check may see them."""

    files: Files
    ages: Callable[[str], float | None]
    asked: Callable[[Target, bool], bool | None]

    def output_digests(self, target: Target) -> Mapping[str, str]:
        """Return path and digest of every output that exists."""
        return self.files.output_digests(target)

    def result_digests(self, record: Record) -> Mapping[str, str | None]:
        """Return the digest that each result file of a record has now."""
        return {name: self.files.digest(path) for name, path, _ in result_parts(record)}

    def age(self, target: Target) -> float | None:
        """Return how many seconds ago the last good run began; None if none is known here."""
        return self.ages(target.name)


@dataclass(slots=True)
class Judge:
    """Judges targets. ``graph`` may grow; ``results`` grows as targets get done: name to
    digest. ``ages`` gives the seconds since a target's last good run here; ``varied``: with
    other params or another profile there may be other instances; ``partial``: others keep
    records here of which the graph knows nothing; ``probe`` tells what a
    probe of a target says, or None where it must not be run; ``code`` what code it
    reaches, ``ask_job`` what the job of a target says of itself, and ``python_path`` where
    modules are looked for; from ``input_directory`` jobs import data.
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

    def look(self, target: Target, unknown: Container[str] = ()) -> Sight:
        """Return what the target's fingerprint is now. Raises TargetError for a file that
        is missing or cannot be read."""
        parts: Parts = [("action", "", self._action(target))]
        if target.version is not None:
            parts.append(("version", "", toml_value(target.version)))
        parts.extend(("matrix", axis, toml_value(value)) for axis, value in target.matrix)
        parts.extend(self._values(target))
        parts.extend(self._probed(target, unknown))
        if self.code is not None:
            parts.extend(("code", name, one) for name, one in self.code.parts(target))
            if target.job_type == "python":
                parts.extend(self._code_of_values(target, unknown))
        inputs = self._files_of("input", target, target.inputs, unknown, parts)
        sources = self._files_of("source", target, target.sources, unknown, parts)
        parts.extend(
            ("result", need, self.results[need]) for need in target.needs if need not in unknown
        )
        coding = self.code
        used = (lambda: coding.used_of_parents(target)) if coding else (lambda: None)
        parts.extend(parts_above(target, self.graph, used, self.results, unknown))
        parts.extend(self._discovered(target, unknown))
        return Sight(Fingerprint.of(parts), inputs, sources)

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
            return Stale(tuple(reasons))
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
        parts: Parts = [("result", need, self.results[need]) for need in target.needs]
        self._files_of("input", target, target.inputs, (), parts)
        self._files_of("source", target, target.sources, (), parts)
        return Fingerprint.of(parts).digest

    def is_gone(self, name: str) -> bool:
        """Say whether a record of this name can be of no target any more."""
        return not self.partial and self.graph.is_gone(name, varied=self.varied)

    @property
    def view(self) -> View:
        """The disk and the past, for a check."""
        return View(self.files, self.ages, self.ask_job)

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
        for name in target.checks:
            for one in self.checks[name].reasons(target, sight.fingerprint, record, self.view):
                is_code = one.kind == "code" and self.code is not None
                yield self._named(one, record, sight) if is_code else one
        if target.depfile is not None and record is not None and not unknown:
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

    def _action(self, target: Target) -> str:
        """Digest what runs, where, and which file plays which role; `{root}` stays as it is."""
        kind = self.job_types[target.job_type or ""]
        texts = [kind.name, kind.version, target.cwd]
        for place, text in kind.texts(target.settings):
            texts += [".".join(map(str, place)), text]
        texts += kind.more(target.settings)
        for label, patterns in (
            ("inputs", target.inputs), ("sources", target.sources), ("outputs", target.outputs),
        ):  # fmt: skip
            for one in patterns:
                texts += [label, one.role, one.kind, one.path]
        for need in target.needs:
            texts += ["need", need]
        if target.depfile is not None:
            texts += ["depfile", target.depfile]
        return digest_texts((*texts, *_manner_texts(target.manner)))

    def _values(self, target: Target) -> Iterator[tuple[str, str, str]]:
        for name, value in target.params:
            text = value.text if isinstance(value, Given) else toml_value(value)
            yield "param", name, told(text, target.family, name)
        for name, text in target.env:
            yield "env", name, told(toml_value(text), target.family, name)
        for name in target.env_inputs:
            value = self.environ.get(name)
            shown = UNSET if value is None else told(_variable(value), target.family, name)
            yield "env", f"${name}", shown

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
            said = None if waits else self.probe(target, text)
            if said is None:
                said = before.get(("probe", text), _NOT_ASKED)
            yield "probe", text, said

    def _files_of(
        self,
        kind: str,
        target: Target,
        patterns: tuple[FilePattern, ...],
        unknown: Container[str],
        parts: Parts,
    ) -> RoledPaths:
        """Add a part for every file of the patterns; return the files by role."""
        grouped: dict[str, list[str]] = {}
        seen: set[str] = set()
        absent = self._absent(target) if patterns else {}
        unmade = Meeting(self._unmade(target, unknown))
        for pattern in patterns:
            paths = grouped.setdefault(pattern.role, [])
            if unmade.meets(pattern):
                continue
            for path in self._matching(target, pattern, absent):
                paths.append(path)
                if path not in seen:
                    seen.add(path)
                    name = path + "/" if pattern.kind == "folder" else path
                    digest = absent.get(name) or self._digest(target, pattern, path)
                    parts.append((kind, name, digest))
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

    def _digest(self, target: Target, pattern: FilePattern, path: str) -> str:
        wrong = self.files.wrong_kind(pattern)
        digest = None if wrong else self.files.digest(path)
        if digest is None:
            raise TargetError(wrong or f"`{pattern.shown}` is missing")
        return digest

    def _discovered(
        self, target: Target, unknown: Container[str]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield a part for each file that the last good run named in its depfile."""
        record = self.records.old(target.name) if target.depfile is not None else None
        if record is None:
            return
        unmade = Naming(self._unmade(target, unknown))
        for kind, path in record.fingerprint.parts:
            if kind == "discovered" and not unmade.names(path):
                yield kind, path, self.files.digest(path) or "gone"

    def _unmade(self, target: Target, unknown: Container[str]) -> Iterator[FilePattern]:
        """Yield what the targets that are unknown, and come before this one, will make."""
        if not unknown:
            return
        for need in self.graph.needs[target.name]:
            if need in unknown:
                yield from self.graph.targets[need].owned


def _manner_texts(manner: Manner) -> Iterator[str]:
    """Yield how an action runs as far as somebody chose it; who has the terminal is no part."""
    for label in ("shell", "interpreter", "files", "capture", "hermetic", "isolated", "ok_codes"):
        value = getattr(manner, label)
        if value != getattr(_USUAL, label):
            yield from (f"manner.{label}", repr(value))


def _variable(value: str) -> str:
    """An environment may hold bytes that are no text."""
    return toml_value(value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))


def _named_by(path: str, patterns: Iterable[FilePattern]) -> bool:
    """Say whether a path (a folder's with its slash) is, or lies in, what a pattern names."""
    return any(pattern.names(path) for pattern in patterns)
