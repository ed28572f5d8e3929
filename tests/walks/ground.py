"""What the random walks stand on: a project built in this process, with real runs.

A build tells what ran, what was restored and how it ended. Each build is also checked by
itself: what the fast path says of it is so, nothing runs twice, nothing is run that was restored,
and no file of jobmake's is left among the project's.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmake.engine.options import Options
from jobmake.memory.stamps import MARGIN
from jobmake.model import events
from jobmake.project import Project, Settings
from jobmake.project.edited import EditedProject
from jobmake.tools.value import replace
from tests.amounts import amount
from tests.unchanged.rig import assert_agrees, at_a_glance, noting, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Sized

    from jobmake.model.state import Summary

FIRST = int(os.environ.get("JOBMAKE_TEST_SEED", "1"))


def seeds(usual: int, nightly: int) -> range:
    """Return the seeds of the walks there are to be, from JOBMAKE_TEST_SEED on."""
    return range(FIRST, FIRST + amount(usual, nightly))


@dataclass
class Built:
    """What one build did."""

    summary: Summary
    ran: dict[str, int] = field(default_factory=dict)  # with how many attempts
    restored: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)

    @property
    def fresh(self) -> set[str]:
        return set(self.summary.fresh)

    @property
    def left(self) -> set[str]:
        """What is not done."""
        one = self.summary
        return {*one.failed, *one.stopped, *one.blocked, *one.not_started, *one.allowed}


class Twin:
    """A copy of a project, of which the whole is opened when it is built: it has to come to the
    same."""

    def __init__(self, settings: Settings) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="jobmake-twin-"))
        self.root = self.folder / "project"
        shutil.copytree(settings.folder, self.root, symlinks=True)
        self.settings = replace(settings, folder=str(self.root))

    def check(
        self,
        ground: Ground,
        goals: Sequence[str],
        options: Options,
        summary: Summary,
        told: Sequence[events.Event],
    ) -> None:
        """Build the copy, and compare."""
        also: list[events.Event] = []
        whole = Project.open(self.settings).build(list(goals), options, also.append)
        assert summary.ok == whole.ok, (summary, whole)
        if whole.ok or options.keep_going:  # else others may have been started before that or not
            for what in ("built", "restored", "failed", "blocked", "allowed"):
                now, then = sorted(getattr(summary, what)), sorted(getattr(whole, what))
                assert now == then, (summary, whole)
            for kind in (events.TargetStarted, events.TargetRestored, events.TargetFailed):
                assert _reasons(told, kind) == _reasons(also, kind)
            assert _disk(ground.root) == _disk(self.root)
        if whole.ok:
            assert len(summary.fresh) + summary.as_before == len(whole.fresh), (summary, whole)
        shutil.rmtree(self.folder)


def _reasons(told: Sequence[events.Event], kind: Any) -> dict[str, Any]:
    return {
        one.target: one.reasons if hasattr(one, "reasons") else one.failure.message
        for one in told
        if isinstance(one, kind)
    }


def _disk(root: Path) -> dict[str, Any]:
    """Return all that is in a project: texts, links, folders; not what jobmake keeps to itself."""
    found: dict[str, Any] = {}
    for folder, folders, names in os.walk(root):
        if ".jobmake" in folders:
            folders.remove(".jobmake")
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            shown = os.path.relpath(path, root)
            if os.path.islink(path):
                found[shown] = os.readlink(path)
            elif os.path.isdir(path):
                found[shown] = None
            else:
                with open(path, "rb") as file:
                    found[shown] = file.read(), os.stat(path).st_mode
    return found


class Ground:
    """A project in a temporary folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or Path(tempfile.mkdtemp(prefix="jobmake-walk-"))

    def remove(self) -> None:
        shutil.rmtree(self.root)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def exists(self, name: str) -> bool:
        return os.path.lexists(self.root / name)

    def delete(self, name: str) -> None:
        path = self.root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def disk(self, folder: str = "out") -> dict[str, str]:
        """Return path and text of every file below a folder of the project."""
        return {
            path.relative_to(self.root).as_posix(): path.read_text()
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file()
        }

    def build(
        self,
        goals: Sequence[str] = (),
        *,
        jobs: int = 2,
        cache: bool = True,
        environ: Mapping[str, str] | None = None,
        margin: float = MARGIN,
        **options: Any,
    ) -> Built:
        """Build, and check what holds for every build."""
        told: list[events.Event] = []
        environ = {"PATH": os.environ["PATH"], **(environ or {})}
        settings = Settings(str(self.root), cache=cache, environ=environ, margin=margin)
        key = f"{goals} {cache} {options}"
        is_plain = not any(options.get(one) for one in ("force", "only_failed", "debug", "shuffle"))
        kept = at_a_glance(str(self.root), key, environ, margin=margin) if is_plain else None
        project = opened(kept, noting(settings))
        twin = Twin(settings) if isinstance(project, EditedProject) else None
        summary = project.build(
            list(goals),
            Options(jobs=jobs, **options),
            told.append,
            seen_as=(key, False) if is_plain else None,
        )
        assert_agrees(kept, summary)
        if twin is not None:
            twin.check(self, goals, Options(jobs=jobs, **options), summary, told)
        built = Built(summary)
        again = {one.target for one in told if isinstance(one, events.TargetAgain)}
        assert not again, "no input was written, but a run was not recorded"
        for one in told:
            match one:
                case events.TargetStarted(target=name, attempt=attempt):
                    assert built.ran.get(name, 0) == attempt - 1, f"{name} ran twice"
                    built.ran[name] = attempt
                case events.TargetRestored(target=name):
                    assert name not in built.ran, f"{name} was run, then restored"
                    built.restored.add(name)
                case events.TargetFailed(target=name):
                    built.failed.add(name)
                case events.Notice(message=message):
                    built.notices.append(message)
        self._check_leftovers()
        if summary.ok:
            assert not summary.not_started, summary
        return built

    def _check_leftovers(self) -> None:
        for folder, folders, files in os.walk(self.root):
            if ".jobmake" in folders:
                folders.remove(".jobmake")
            left = [name for name in (*folders, *files) if name.startswith(".jobmake")]
            assert not left, f"{folder}: {left}"
        assert not os.listdir(self.root / ".jobmake" / "tmp") if self.exists(".jobmake/tmp") else 1


class Walk:
    """Random edits with builds in between. Every public method of a walk without arguments is
    an edit; `begin` sets the scene, `build` builds and checks."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.ground = Ground()
        self.count = 0
        self.log: list[str] = []
        self.told: dict[str, int] = {}

    def begin(self) -> None:
        raise NotImplementedError

    def build(self) -> None:
        raise NotImplementedError

    def clear_up(self) -> None:
        """Remove what lies outside the project."""

    def tell(self, **those: Sized) -> None:
        """Count what a build did, so that a walk that proves nothing is noticed."""
        for name, one in those.items():
            self.told[name] = self.told.get(name, 0) + len(one)
        self.log.append(", ".join(f"{name} {one}" for name, one in those.items() if one))

    def go(self, turns: int, least: Mapping[str, int]) -> None:
        """Walk. ``least`` says what all builds together must have done."""
        known = {"begin", "build", "tell", "go", "clear_up"}
        edits = [one for one in dir(type(self)) if one[0] != "_" and one not in known]
        try:
            self.begin()
            for _ in range(turns):
                for name in self.chance.choices(edits, k=self.chance.randint(0, 3)):
                    self.count += 1
                    self.log.append(name)
                    getattr(self, name)()
                self.log.append("build")
                self.build()
        except BaseException:
            print("\n".join(self.log))
            print(f"the project is in {self.ground.root}")
            raise
        for name, count in least.items():
            assert self.told[name] >= count, self.told
        self.ground.remove()
        self.clear_up()


def toml(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"'{key}' = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return str(value) if isinstance(value, (int, float)) else "'''" + str(value) + "'''"


def jobfile(tables: dict[str, dict[str, Any]]) -> str:
    """Return a Jobfile with these tables."""
    lines = []
    for name, keys in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {toml(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"
