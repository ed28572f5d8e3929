"""The graph: targets, and who needs whom.

Frozen; knows nothing of the disk, of TOML, or of a build. Nothing here recurses: chains
may be 100,000 targets long.
"""

from __future__ import annotations

from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.model.target import FilePattern, Target


class Graph(Value):
    """All targets of a project.

    ``needs`` holds for each target what must be done before it, in declared order,
    without repetition: the makers of its inputs, its needs, its afters. ``order`` is
    topological and stable: as declared, but what is needed first. ``families`` gives
    for a declared name the names of its instances. ``producers`` gives for an output's
    path (as declared) the target that makes it.

    ``unopened`` names the families whose instances are not known before others are done:
    in their place stands one group of that name, which needs those others. ``may_make``
    holds for such a family what its instances may make, as globs. ``provisional`` names
    the families whose instances are those last known. ``over`` holds for each family with
    `each` the families that make what it is over.
    """

    targets: Mapping[str, Target]
    needs: Mapping[str, tuple[str, ...]]
    users: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    families: Mapping[str, tuple[str, ...]]
    producers: Mapping[str, str]
    may_make: Mapping[str, tuple[FilePattern, ...]] = field(default_factory=dict)
    unopened: frozenset[str] = frozenset()
    provisional: frozenset[str] = frozenset()
    over: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def made_by(self, name: str) -> tuple[FilePattern, ...]:
        """Return all that a target makes, or may come to make."""
        return (*self.targets[name].made, *self.may_make.get(name, ()))

    def is_gone(self, name: str, *, varied: bool = False) -> bool:
        """Say whether there is no target any more that a record of this name could be of.

        An instance may be one that is only not known now: of a family that is not open yet,
        or, where other params or profiles are in play (``varied``), of any family.
        """
        target = self.targets.get(name)
        if target is not None:
            return target.is_group
        family = name.partition("[")[0]
        return not (family in self.unopened or (varied and family in self.families))

    def closure(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the named targets and all they need, in topological order."""
        seen: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo.extend(need for need in self.needs[name] if need not in seen)
        if len(seen) == len(self.order):
            return self.order
        return tuple(name for name in self.order if name in seen)


def topological(
    names: Iterable[str], needs: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (order, cycle): what is needed first; one of the two is empty.

    The order keeps the given one where it may. A cycle is returned as its targets in
    turn, the first not repeated at the end.
    """
    done_mark, open_mark = 2, 1
    state: dict[str, int] = {}
    order: list[str] = []
    for root in names:
        if root in state:
            continue
        # a stack of iterators in place of recursion; its names are the path walked
        path, iterators = [root], [iter(needs[root])]
        state[root] = open_mark
        while path:
            for need in iterators[-1]:
                seen = state.get(need)
                if seen == open_mark:
                    return (), tuple(path[path.index(need) :])
                if seen is None:
                    state[need] = open_mark
                    path.append(need)
                    iterators.append(iter(needs[need]))
                    break
            else:
                iterators.pop()
                done = path.pop()
                state[done] = done_mark
                order.append(done)
    return tuple(order), ()
