"""Families: every declared target with its instances, and those of `each` with the files
that they are over.

A family without `each` has its instances at once. One with `each` is *static* if all that
its globs name is a person's, or plain outputs that are known beforehand; it has its
instances when the Jobfile is loaded. Else it is *dynamic*: what it is over are folders or
globs that targets make, or files of another dynamic family. Its instances are known when
those are done; until then it is *unopened*, and one group stands for it.

Knows the disk only through the function it is given. What is opened stays as it was then.

Invariant: whether a family is dynamic depends on the Jobfile alone, not on the disk.
"""

from __future__ import annotations

from itertools import product
from math import prod
from types import MappingProxyType

from jobmake.jobfile.axes import MOST_INSTANCES
from jobmake.jobfile.declaration import DeclaredTarget
from jobmake.jobfile.expand import expand
from jobmake.jobfile.files import Ground, expanded_need, pattern
from jobmake.jobfile.instances import combinations
from jobmake.jobfile.made import Made, loosened
from jobmake.jobfile.params import merged
from jobmake.jobfile.selectors import Names, family_named, family_of, split_reference
from jobmake.jobfile.unlinked import Reference, UnlinkedTarget
from jobmake.model.bindings import ANY_PATH
from jobmake.model.errors import TargetError
from jobmake.model.graph import topological
from jobmake.model.target import FilePattern, Scope, Target
from jobmake.tools.pathnames import escape_magic, glob_regex, parents, static_folder
from jobmake.tools.template import TemplateError
from jobmake.tools.value import Mutable, Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from jobmake.jobfile.expand import Surroundings
    from jobmake.jobfile.files import Matching
    from jobmake.jobfile.problems import Problems

    Opened = Mapping[str, tuple[UnlinkedTarget, ...]]


_NOTHING: Mapping[str, Any] = MappingProxyType({})  # one for all: there are many targets


class Family(Value):
    """One declared target. ``shapes`` are its instances with no file known; of a family
    without `each` they are its targets. ``axes`` holds what each axis of `each` is over.
    ``told``: what is wrong with every instance has been noted."""

    declared: DeclaredTarget
    around: Surroundings
    shapes: tuple[UnlinkedTarget, ...]
    axes: tuple[tuple[str, tuple[FilePattern | Reference, ...]], ...] = ()
    told: bool = False

    @property
    def name(self) -> str:
        return self.declared.name

    def outputs(self, role: str | None = None) -> Iterator[FilePattern]:
        """Yield what its instances make, or those outputs of one name."""
        for shape in self.shapes:
            yield from (one for one in shape.target.made if role is None or one.role == role)

    def group(self) -> UnlinkedTarget:
        """Return the group that stands for the family while it has no instances. It needs
        what they are over, and what all of them will need."""
        declared = self.declared
        target = Target(
            self.name, self.name, None, {}, Scope({}, {}),
            tags=tuple(declared.keys.get("tags", ())), doc=declared.keys.get("doc", ""),
            place=declared.place,
        )  # fmt: skip
        over = tuple(entry for _, entries in self.axes for entry in entries)
        shapes = self.shapes
        return UnlinkedTarget(
            target,
            (*over, *_each_once(one for shape in shapes for one in shape.inputs)),
            _each_once(one for shape in shapes for one in shape.sources),
            _each_once(one for shape in shapes for one in shape.needs),
            _each_once(one for shape in shapes for one in shape.after),
            self.around.prefix,
        )


def family(declared: DeclaredTarget, around: Surroundings) -> Family:
    """Return the family of a declared target; what is wrong is noted."""
    each = declared.keys.get("each")
    if not each:
        found = tuple(expand(declared, around))
        # what is declared says nothing more about them, and there may be many
        kept = DeclaredTarget(declared.name, _NOTHING, declared.place) if found else declared
        return Family(kept, around, found)
    axes = []
    for axis, given in each.items():
        entries = (_entry(axis, text, place, declared, around)
                   for text, place in _texts(given, (*declared.place, "each", axis)))  # fmt: skip
        axes.append((axis, tuple(one for one in entries if one is not None)))
    before = len(around.problems.found)
    shapes = tuple(expand(declared, around, [dict.fromkeys(each, ANY_PATH)]))
    told = len(around.problems.found) > before
    return Family(declared, around, shapes, tuple(axes), told)


class Families(Mutable):
    """All families of a Jobfile, and which are over files that others make.

    ``makers`` holds for each with `each` the families that make what it is over;
    ``order`` has those first that others are over.
    """

    all: dict[str, Family]
    matching: Matching
    makers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dynamic: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Sequence[Family], matching: Matching) -> Families:
        """Return the families, sorted out."""
        families = cls({one.name: one for one in found}, matching)
        families._sort_out()
        return families

    def open(
        self, asked: Collection[str], opened: Opened, problems: Problems
    ) -> dict[str, tuple[UnlinkedTarget, ...]]:
        """Return ``opened`` with the asked families opened, too, with the files there are."""
        now = dict(opened)
        for name in self.order:
            makers = [one for one in self.makers[name] if one in self.makers]
            if name not in now and name in asked and all(one in now for one in makers):
                now[name] = _Opening(self, self.all[name], now, problems).instances()
        return now

    def targets(self, opened: Opened) -> list[UnlinkedTarget]:
        """Return all targets in declared order, a group for a family without instances."""
        found: list[UnlinkedTarget] = []
        for name, one in self.all.items():
            instances = opened.get(name, ()) if one.axes else one.shapes
            found.extend(instances or (one.group(),))
        return found

    def static(self) -> list[str]:
        """Return the families with `each` whose instances are known at once."""
        return [name for name in self.order if name not in self.dynamic]

    def closed(self, opened: Opened) -> dict[str, tuple[UnlinkedTarget, ...]]:
        """Return the families that a group stands for, with their shapes."""
        return {name: self.all[name].shapes for name in self.makers if not opened.get(name)}

    def _sort_out(self) -> None:
        over = [one for one in self.all.values() if one.axes]
        if not over:
            return
        loose = {one.name: tuple(loosened(one.outputs())) for one in over}
        plain = [shape.target for one in self.all.values() if not one.axes for shape in one.shapes]
        made = Made.of(plain, None, loose)
        for one in over:
            found = (maker for _, entries in one.axes for entry in entries
                     for maker in self._makers(entry, one, made))  # fmt: skip
            self.makers[one.name] = tuple(dict.fromkeys(found))
        inner = {name: tuple(one for one in makers if one in self.makers)
                 for name, makers in self.makers.items()}  # fmt: skip
        self.order, cycle = topological(inner, inner)
        # a circle is told when the graph is linked; until then all in it are unopened
        self.order = self.order or tuple(inner)
        dynamic: set[str] = set(cycle)
        for name in self.order:
            if any(maker in dynamic for maker in self.makers[name]) or self._is_over_folders(name):
                dynamic.add(name)
        self.dynamic = frozenset(dynamic)

    def _makers(self, entry: FilePattern | Reference, one: Family, made: Made) -> Iterator[str]:
        if isinstance(entry, Reference):
            found = family_named(split_reference(entry.text)[0], one.around.prefix, self.all)
            if found is not None:
                yield found
            return
        for maker in made.makers(entry):
            if family_of(maker) != one.name:  # what it makes itself is no match
                yield family_of(maker)

    def _is_over_folders(self, name: str) -> bool:
        """Say whether what a family is over are folders or globs that others make."""
        for _, entries in self.all[name].axes:
            for entry in entries:
                role = split_reference(entry.text)[1] if isinstance(entry, Reference) else None
                for maker in self.makers[name]:
                    if any(one.kind != "file" for one in self.all[maker].outputs(role)):
                        return True
        return False


class _Opening(Value):
    """One family while it gets its instances."""

    families: Families
    family: Family
    opened: Opened
    problems: Problems

    def instances(self) -> tuple[UnlinkedTarget, ...]:
        files = {axis: self._files(entries) for axis, entries in self.family.axes}
        declared = self.family.declared
        around = replace(self.family.around, problems=self.problems)
        matrix = sum(1 for _ in combinations(declared.keys.get("matrix", {})))
        count = matrix * prod(len(paths) for paths in files.values())
        if count > MOST_INSTANCES:
            self.problems.value(
                (*declared.place, "each"),
                f"`each` makes {count:,} instances",
                f"a target has {MOST_INSTANCES:,} at most",
            )
            return ()
        rows = [dict(zip(files, row, strict=True)) for row in product(*files.values())]
        found = expand(declared, around, rows, told=self.family.told)
        return tuple(self._but_of_its_own(list(found)))

    def _files(self, entries: tuple[FilePattern | Reference, ...]) -> list[str]:
        found: set[str] = set()
        for entry in entries:
            if isinstance(entry, Reference):
                found.update(self._outputs_of(entry))
                continue
            paths = set(self._matches(entry))
            if not paths and self.family.name not in self.families.dynamic:
                self.problems.value(entry.place, f"`{entry.shown}` of `each` matches no file")
            found |= paths
        return sorted(found)

    def _matches(self, entry: FilePattern) -> Iterator[str]:
        """Yield the files that a pattern names: those that are there, and those known to come."""
        yield from self._there(entry)
        glob = glob_regex(_glob(entry))
        for maker in self.families.makers[self.family.name]:
            for target in self._targets(maker):
                for one in target.made:
                    if one.kind == "file" and glob.fullmatch(one.path):
                        yield one.path

    def _outputs_of(self, entry: Reference) -> Iterator[str]:
        text, role = split_reference(entry.text)
        maker = family_named(text, self.family.around.prefix, self.families.all)
        if maker is None:
            return  # told when the graph is linked
        targets = {one.name: one for one in self._targets(maker)}
        names = Names({maker: tuple(targets)}, targets)
        for name in names.resolve(maker + text[len(family_of(text)) :]):
            for one in targets[name].outputs:
                if role is None or one.role == role:
                    yield from (one.path,) if one.kind == "file" else self._there(one)

    def _targets(self, name: str) -> list[Target]:
        one = self.families.all[name]
        return [shape.target for shape in (self.opened.get(name, ()) if one.axes else one.shapes)]

    def _there(self, entry: FilePattern) -> tuple[str, ...]:
        asked = FilePattern(entry.role, "glob", _glob(entry), entry.place)
        try:
            return self.families.matching(asked)
        except TargetError as error:
            place = (*self.family.declared.place, "each")
            self.problems.value(place, error.message, error.hint)
            return ()

    def _but_of_its_own(self, found: list[UnlinkedTarget]) -> Iterator[UnlinkedTarget]:
        """Yield the instances but those over what other instances of the family make: after
        the first build its glob may match these, too."""
        patterns = {axis for axis, entries in self.family.axes
                    if any(isinstance(one, FilePattern) for one in entries)}  # fmt: skip
        made: dict[str, str] = {}
        for one in found:
            for output in one.target.outputs:
                owned = static_folder(output.path) if output.kind == "glob" else output.path
                made[owned] = one.target.name
        for one in found:
            files = [path for axis, path in one.target.scope.each.items() if axis in patterns]
            makers = {made.get(above) for path in files for above in (path, *parents(path))}
            if makers <= {None}:
                yield one


def _entry(
    axis: str, text: str, place: tuple[Any, ...], declared: DeclaredTarget, around: Surroundings
) -> FilePattern | Reference | None:
    own = declared.keys.get("params")
    params = merged(around.params, own) if isinstance(own, dict) else around.params
    scope = Scope(params, {})
    try:
        if text.startswith("@"):
            return Reference(axis, expanded_need(text[1:], scope), place)
        return pattern(axis, text, place, Ground(scope, around.environ, around.folder))
    except TemplateError as error:
        around.problems.value(place, error.message, error.hint, error.text)
        return None


def _texts(given: str | list[str], place: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if isinstance(given, str):
        yield given, place
    else:
        yield from ((text, (*place, index)) for index, text in enumerate(given))


def _glob(entry: FilePattern) -> str:
    """Return a glob of the files that a pattern names: of a folder all that are below it."""
    if entry.kind == "glob":
        return entry.path
    below = "/**" if entry.kind == "folder" else ""
    return escape_magic(entry.path) + below


def _each_once(found: Iterator[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(found))
