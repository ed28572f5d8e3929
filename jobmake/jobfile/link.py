"""From targets to the Graph: who needs whom, what contradicts.

Knows all targets at once. Looks at no disk: an input that nobody makes is taken for a
file of the person's.

Invariant: nothing here is quadratic.
"""

from __future__ import annotations

from jobmake.jobfile.made import Made, loosened
from jobmake.jobfile.selectors import Names, family_of, split_reference
from jobmake.jobfile.unlinked import Reference
from jobmake.model.bindings import ANY_NAME, ANY_PATH
from jobmake.model.graph import Graph, topological
from jobmake.model.target import FilePattern
from jobmake.tools.hints import did_you_mean
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobmake.jobfile.problems import Path, Problems
    from jobmake.jobfile.unlinked import UnlinkedTarget
    from jobmake.model.target import Target


def is_doubtful(text: str, problems: Problems) -> bool:
    """Say whether a text names a target of which too much is wrong to be there."""
    return (
        problems.incomplete
        or family_of(text).rpartition("/")[2].partition(":")[0] in problems.doubtful
    )


def link(
    unlinked: Sequence[UnlinkedTarget],
    problems: Problems,
    closed: Mapping[str, Sequence[UnlinkedTarget]] | None = None,
) -> Graph:
    """Return the graph of all targets; what contradicts is noted in ``problems``.

    ``closed`` holds the families that one group stands for, with the shapes of the
    instances that they may come to have.
    """
    return _Linking(unlinked, problems, closed or {}).graph()


class _Linking:
    """All targets while they are linked."""

    def __init__(
        self,
        unlinked: Sequence[UnlinkedTarget],
        problems: Problems,
        closed: Mapping[str, Sequence[UnlinkedTarget]],
    ) -> None:
        self.unlinked, self.problems, self.closed = unlinked, problems, closed
        by_name = {one.target.name: one.target for one in unlinked}
        self.names = Names(families_of(by_name.values()), by_name, closed)
        self.loose = {
            name: tuple(loosened(one for shape in shapes for one in shape.target.made))
            for name, shapes in closed.items()
        }
        self.made = Made.of(by_name.values(), problems, self.loose)
        self.guessed: dict[str, set[str]] = {}  # by family: who may read what it may make

    def graph(self) -> Graph:
        targets: dict[str, Target] = {}
        needs: dict[str, tuple[str, ...]] = {}
        for one in self.unlinked:
            name = one.target.name
            references: dict[str, None] = {}
            target = self._with_references(one, references)
            needs[name] = self._all_needs(target, references)
            if name in self.closed:
                # its inputs are those that its instances will have
                target = replace(one.target, needs=(), after=())
            elif target.scope.each:
                target, needs[name] = self._after_the_makers_of_its_files(target, needs[name])
            targets[name] = target
        order, cycle = topological(targets, needs)
        if cycle and self.guessed:
            self._drop_guesses(needs)
            order, cycle = topological(targets, needs)
        if cycle:
            _note_cycle(cycle, targets, self.problems)
            order = tuple(targets)
        families, exact = self.names.families, self.made.exact
        return Graph(targets, needs, _users(needs), order, families, exact, self.loose)

    def _with_references(self, one: UnlinkedTarget, references: dict[str, None]) -> Target:
        """Return the target with its needs resolved and its `@target` inputs put in."""
        target = one.target
        if target.inputs is one.inputs and target.sources is one.sources and not one.asks:
            return target
        groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
        if target.job_type == "python":
            groups = tuple((text, self._named(text, place, one)) for text, place in one.needs)
            self._refuse_many(one.target, dict(groups), one.needs)
        return replace(
            one.target,
            groups=groups,
            inputs=tuple(self._resolved(one.inputs, references, one)),
            sources=tuple(self._resolved(one.sources, references, one)),
            needs=self._resolved_needs(one.needs, one),
            after=self._resolved_needs(one.after, one),
        )

    def _refuse_many(
        self,
        target: Target,
        groups: Mapping[str, tuple[str, ...]],
        needs: tuple[tuple[str, Path], ...],
    ) -> None:
        """Note each parent of a job that is several targets: its outputs are one argument."""
        for text, place in needs[: len(target.settings["parents"])]:
            if groups[text] and groups[text] != (text,):
                self.problems.value(
                    place,
                    f"the parent `{text}` of `{target.family}` has several instances",
                    f"take it out of `parents` and name `{text}` in `needs`: all of them arrive",
                )

    def _resolved(
        self,
        entries: tuple[FilePattern | Reference, ...],
        references: dict[str, None],
        one: UnlinkedTarget,
    ) -> Iterator[FilePattern]:
        for entry in entries:
            if isinstance(entry, FilePattern):
                if ANY_PATH not in entry.path and ANY_NAME not in entry.path:
                    yield entry
                continue
            wanted, output = split_reference(entry.text)
            for maker in self._named(wanted, entry.place, one):
                references[maker] = None
                yield from self._outputs_of(maker, output, entry)

    def _outputs_of(self, maker: str, name: str | None, entry: Reference) -> Iterator[FilePattern]:
        target = self.names.targets[maker]
        made = target.outputs
        if maker in self.closed:
            made = tuple(one for shape in self.closed[maker] for one in shape.target.outputs)
        outputs = [one for one in made if name is None or one.role == name]
        if not outputs:
            what = f"has no output `{name}`" if name else "makes no files"
            roles = [one.role for one in made]
            hint = did_you_mean(name, roles) if name else "name it in `needs`"
            self.problems.value(entry.place, f"target `{target.family}` {what}", hint)
        if maker not in self.closed:
            for output in outputs:
                yield FilePattern(entry.role, output.kind, output.path, entry.place)

    def _resolved_needs(
        self, needs: tuple[tuple[str, Path], ...], one: UnlinkedTarget
    ) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for text, place in needs:
            found.update(dict.fromkeys(self._named(text, place, one)))
        return tuple(found)

    def _named(self, text: str, place: Path, one: UnlinkedTarget) -> tuple[str, ...]:
        resolved = self.names.resolve(text, one.prefix)
        if not resolved and not is_doubtful(text, self.problems):
            self.problems.value(
                place,
                f"target `{one.target.family}` needs `{text}`, which is not in the Jobfile",
                self.names.hint(text, one.prefix),
            )
        return resolved

    def _all_needs(self, target: Target, references: Iterable[str]) -> tuple[str, ...]:
        """Return what must be done before ``target``, in declared order."""
        found: dict[str, None] = dict.fromkeys(references)
        declared = {*found, *target.needs, *target.after}
        for wanted in (*target.inputs, *target.sources):
            for maker in self.made.makers(wanted):
                if maker != target.name:
                    found[maker] = None
                    if maker in self.closed.keys() - declared and target.name not in self.closed:
                        self.guessed.setdefault(maker, set()).add(target.name)
                elif wanted.kind != "glob" and maker not in self.closed:
                    # what it makes itself is no match of its own glob
                    self.problems.value(
                        wanted.place,
                        f"target `{target.name}` reads `{wanted.shown}`, which it makes itself",
                    )
        found.update(dict.fromkeys(target.needs))
        found.update(dict.fromkeys(target.after))
        return tuple(found)

    def _drop_guesses(self, needs: dict[str, tuple[str, ...]]) -> None:
        """Take needs away that only what a family may come to make speaks for, and that
        would close a circle. If they were right, it is told when the family has grown."""
        dropped: set[tuple[str, str]] = set()
        for family, users in self.guessed.items():
            above, todo = {family}, [family]
            while todo:
                new = [need for need in needs[todo.pop()] if need not in above]
                above.update(new)
                todo.extend(new)
            dropped.update((user, family) for user in users & above)
        for user, family in dropped:
            needs[user] = tuple(need for need in needs[user] if need != family)

    def _after_the_makers_of_its_files(
        self, target: Target, needs: tuple[str, ...]
    ) -> tuple[Target, tuple[str, ...]]:
        """Return the target and its needs with the makers of its files of `each` among them."""
        files = (FilePattern("", "file", path) for path in target.scope.each.values())
        makers = dict.fromkeys(name for file in files for name in self.made.makers(file))
        missing = tuple(name for name in makers if name not in needs and name != target.name)
        return replace(target, after=(*target.after, *missing)), (*needs, *missing)


def families_of(targets: Iterable[Target]) -> dict[str, tuple[str, ...]]:
    """Return for each family the names of its targets."""
    families: dict[str, list[str]] = {}
    for target in targets:
        families.setdefault(target.family, []).append(target.name)
    return {family: tuple(names) for family, names in families.items()}


def _users(needs: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    users: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for need in needed:
            users[need].append(name)
    return {name: tuple(found) for name, found in users.items()}


def _note_cycle(cycle: tuple[str, ...], targets: dict[str, Target], problems: Problems) -> None:
    shown = (*cycle, cycle[0])
    if len(shown) > 8:
        shown = (*shown[:4], "…", *shown[-3:])
    chain = " -> ".join(shown)
    problems.key(targets[cycle[0]].place, f"targets need each other: `{chain}`")
