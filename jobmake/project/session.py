"""A project kept open between builds: each builds only what the edits before it reach.

    note(paths) ──▶ what is due ──▶ build ──▶ how every target stands
                        ▲                              │
                        └──────────────────────────────┘

Knows what changed since the last build, and how each target stood after it. What is not
reached keeps its state and its result; what is reached is judged anew, and so is whatever
needs what was made anew. Does not know how changes are seen, nor when to build.

Invariant: after any build the targets are as a new process would leave them. Where that
cannot be told from what changed (others built here, the graph may be another), everything is
looked at.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.engine.plan import Standing
from jobmake.memory.resultfiles import RESULTS
from jobmake.model.state import State
from jobmake.model.target import FilePattern
from jobmake.project.building import Building, new_judge
from jobmake.project.definition import Definition
from jobmake.project.due import differing, is_own_work, reached
from jobmake.project.reaching import OWN, PLACED, Reaching
from jobmake.project.restarting import to_start
from jobmake.tools.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jobmake.engine.inbox import Interrupt
    from jobmake.engine.judge import Judge
    from jobmake.engine.options import Options
    from jobmake.engine.plan import Aftermath, Plan
    from jobmake.engine.services import Services
    from jobmake.memory.lock import ProjectLock
    from jobmake.model.events import Event
    from jobmake.model.state import Summary
    from jobmake.project.project import Project


_LOST = (State.FAILED, State.BLOCKED)


class Reach(Value):
    """What is to be done after changes: ``targets`` are to be judged anew (besides those that
    are judged in every build), or ``everything`` is. ``definition`` names the files of which
    the graph is made that changed; ``reload``: it is to be read again, for these, or because
    globs of it name other files now."""

    targets: frozenset[str] = frozenset()
    everything: bool = False
    definition: frozenset[str] = frozenset()
    reload: bool = False

    def __bool__(self) -> bool:
        return bool(self.targets or self.everything or self.reload)


class Session:
    """Builds of the named targets, or the default ones. The lock is held only in `build`."""

    _reaching: Reaching | None  # None: nothing was built yet

    def __init__(
        self,
        project: Project,
        names: Sequence[str],
        options: Options,
        emit: Callable[[Event], None],
        *,
        what: str = "jobmake watch",
        services: Services | None = None,
    ) -> None:
        """``services`` are those that last from build to build, for the caller to end. Raises
        UsageError for a name that means no target."""
        self._services = services
        self._names, self._options, self._emit, self._what = names, options, emit, what
        self._everything = True
        self._use(project)

    def note(self, paths: Iterable[str], *, everything: bool = False) -> Reach:
        """Take note that paths changed (relative to the project's folder, or absolute outside
        of it; ``everything``: others may have, too); return all that is due by now."""
        self._everything = self._everything or everything
        changed = frozenset(paths)
        definition = self._definition.concerned(changed)
        if definition or self._definition.names_others(changed - definition, self._is_own_work):
            self._is_outdated = True
        self._changed_definition |= definition
        if any(map(self._is_new_way, changed)):
            self._everything = True
        if self.lockfile in changed and self._is_disturbed():
            self._everything = True
        if self._building is not None and not self._everything:
            states, judge = self._states, self._building.judge
            self._due |= reached(judge, self._reaching, states, changed)
            self._due |= to_start(judge, self._reaching, states, self._idle_by_name(), changed)
        return self.reach

    def defined_by(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of the paths of which the graph is made."""
        return frozenset(self._definition.concerned(frozenset(paths)))

    def concerns(self, paths: Iterable[str]) -> bool:
        """Say whether somebody may have edited what a target reads, or the graph is made of. May
        be asked while a build goes on, of which what it writes itself does not count."""
        changed = frozenset(paths)
        if self._definition.concerned(changed):
            return True
        if self._reaching is None and self._building is not None:  # the first build goes on
            self._reaching = Reaching(self._building.judge, self._plan.wanted)
        reaching = self._reaching
        if reaching is None:
            return bool(changed)
        hows = ({how for _, how in reaching.of(path)} for path in changed)
        return any(found and found.isdisjoint((OWN, PLACED)) for found in hows)

    @property
    def reach(self) -> Reach:
        """What is due."""
        changed = frozenset(self._changed_definition)
        return Reach(frozenset(self._due), self._everything, changed, self._is_outdated)

    def reload(self) -> None:
        """Read the graph again. Raises JobfileError and UsageError: then the old one stays, and
        the next change of what the graph is made of makes it due again."""
        self._is_outdated = False
        self._changed_definition.clear()
        try:
            project = self.project.reopened()
            project.begin(self._names)
        except BaseException:
            self._definition.is_wrong = True
            raise
        self._use(project)

    def build(self, interrupt: Interrupt | None = None) -> Summary:
        """Build what is due. Raises what `Project.build` does; then everything is due."""
        with self.project.locked(self._emit, wait=True, what=self._what) as lock:
            if lock.waited or self._everything or self._is_disturbed() or self._may_grow():
                self._look_anew()
            building = self._building
            assert building is not None
            wanted = self._plan
            if not self._everything:
                wanted = replace(wanted, standing=self._standing())
            self._everything = True  # unless it ends as it should
            building.judge.outside.look_again()
            return self._run(building, wanted, lock, interrupt)

    def watched(self) -> Iterator[FilePattern]:
        """Yield all that is looked at besides what the graph names."""
        yield FilePattern("", "file", self.lockfile)
        yield from self._definition.patterns()
        blocked = [name for name, state in self._states.items() if state is State.BLOCKED]
        yield from self._reaching.patterns(blocked) if self._reaching else ()

    @property
    def lockfile(self) -> str:
        """The lockfile's path; others may write it, as git does."""
        return os.path.basename(self.project.layout.lockfile)

    @property
    def broken(self) -> tuple[str, ...]:
        """The targets that failed, or are blocked, as things stand."""
        return tuple(name for name, state in self._states.items() if state in _LOST)

    @property
    def fallen(self) -> tuple[str, ...]:
        """The services that ended by themselves, though somebody may need them."""
        fallen = self._services.fallen if self._services else ()
        states = self._states
        return tuple(one for one in fallen if states.get(one) is State.SERVICE)

    def _idle_by_name(self) -> frozenset[str]:
        return self._plan.named.intersection(self.fallen)

    @property
    def total(self) -> int:
        """How many targets are wanted, as far as they are known."""
        graph = self.project.jobfile.graph
        return sum(1 for name in self._plan.wanted if not graph.targets[name].is_group)

    # -- reading --------------------------------------------------------------------------

    def _use(self, project: Project) -> None:
        self._plan: Plan = project.begin(self._names)
        self.project, self._jobfile = project, project.jobfile  # before it grows
        self._root = project.layout.root
        self._definition = Definition(project)
        self._building: Building | None = None
        self._reaching = None
        self._states: dict[str, State] = {}
        self._due: set[str] = set()
        self._restless: set[str] = set()
        self._everything = True
        self._is_outdated = False
        self._changed_definition: set[str] = set()
        self._left: tuple[str, ...] | None = None

    def _look_anew(self) -> None:
        """Read the state anew, with the graph as it was before it grew."""
        self._everything = True
        self.project.use(self._jobfile)
        graph = self._jobfile.graph
        self._plan = self.project.begin(self._names)
        self.project.detours(self._plan.wanted, graph).raise_any()
        judge = new_judge(self.project, self._emit)
        project, options = self.project, self._options
        self._building = Building(project, options, self._emit, judge, self._services)

    def _on_disk(self, judge: Judge) -> tuple[str, ...]:
        """Return what shows that nobody else wrote into the project's state."""
        layout = self.project.layout
        folders = (layout.own("runs"), os.path.join(layout.root, RESULTS))
        return judge.records.on_disk(), *map(_stamp, folders)

    def _is_disturbed(self) -> bool:
        one = self._building
        return one is None or self._left is None or self._on_disk(one.judge) != self._left

    def _is_new_way(self, path: str) -> bool:
        """Say whether a path is a link by which something is read: by now it may lead to what
        a target makes."""
        if self._reaching is None or not os.path.islink(os.path.join(self._root, path)):
            return False
        hows = {how for _, how in self._reaching.of(path)}
        return not hows <= {OWN, PLACED} and not self._is_own_work(path)

    def _is_own_work(self, path: str) -> bool:
        """Say whether what is at a path is what a target made."""
        if self._building is None:
            return False
        return is_own_work(self._building.judge, path)

    # -- building -------------------------------------------------------------------------

    def _run(
        self, building: Building, wanted: Plan, lock: ProjectLock, interrupt: Interrupt | None
    ) -> Summary:
        self._due.clear()
        summary = building.run(wanted, lock, interrupt)
        assert building.aftermath is not None
        self._left = self._on_disk(building.judge)
        building.options = self._options = replace(self._options, force=False)
        self._everything = False
        self._take(building.aftermath)
        return summary

    def _take(self, after: Aftermath) -> None:
        """Keep how the targets stand."""
        assert self._building is not None
        judge, standing = self._building.judge, after.plan.standing.states
        self._plan = replace(after.plan, standing=Standing())
        self._states = {name: _settled(state) for name, state in after.states.items()}
        judge.probe = lambda _target, _text: None
        if standing and self._reaching is not None:
            self._reaching.learn(name for name in after.states if name not in standing)
        else:
            self._reaching = Reaching(judge, after.states)
            targets = judge.graph.targets
            self._restless = {one for one in after.states if targets[one].is_restless}
        # what nobody had to make may have been made all the same: a temp file was asked for
        again = (name for name in after.moved if name in standing)
        users = {one for name in again for one in judge.graph.users[name] if one in standing}
        self._due |= differing(judge, self._states, users)

    def _standing(self) -> Standing:
        """Return how those stand that need no look."""
        due, reached = self._to_judge(), self._below()
        states = {name: one for name, one in self._states.items() if name not in reached}
        held = {name: self._states[name] for name in reached if name not in due}
        # what is blocked is tried when what blocked it is done, and be that as it was
        return Standing(
            states, {name: one for name, one in held.items() if one is not State.BLOCKED}
        )

    def _to_judge(self) -> set[str]:
        unsettled = {name for name, one in self._states.items() if not _is_settled(one)}
        return unsettled | self._restless | {one for one in self._due if one in self._states}

    def _below(self) -> set[str]:
        """Return what is to be judged, and all that needs it."""
        graph = self.project.jobfile.graph
        todo = list(self._to_judge())
        found = set(todo)
        while todo:
            for user in graph.users[todo.pop()]:
                if user in self._states and user not in found:
                    found.add(user)
                    todo.append(user)
        return found

    def _may_grow(self) -> bool:
        """Whether a target may be made anew over whose files others have their instances."""
        jobfile = self.project.jobfile
        dynamic = jobfile.families.dynamic
        if not dynamic:
            return False
        makers = {maker for name in dynamic for maker in jobfile.families.makers[name]}
        return any(jobfile.graph.targets[name].family in makers for name in self._below())


def _stamp(folder: str) -> str:
    try:
        status = os.stat(folder)
    except OSError:
        return ""
    # what is in the folder of runs is nobody's result
    return f"{status.st_ino} {status.st_mtime_ns if folder.endswith(RESULTS) else 0}"


def _settled(state: State) -> State:
    return State.FRESH if state in (State.BUILT, State.RESTORED) else state


def _is_settled(state: State) -> bool:
    """Say whether a target in this state is tried again only when something changes."""
    return state.is_done or state in _LOST
