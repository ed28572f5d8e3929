"""A target: one declared thing to be made, with everything filled in that can be known
without looking at the disk.

Knows nothing of TOML, of files as they are, or of other targets but by name.
"""

from __future__ import annotations

from jobmake.tools.pathnames import glob_regex
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    FileKind = Literal["file", "folder", "glob"]


WRITTEN = "written"  # the role of what `files` writes
SHELL = ("/bin/sh", "-e")  # what a text of `run` is given to, before `-c`


class FilePattern(Value):
    """One declared input, source or output.

    ``role`` is how the action refers to it: its name in a table, else its position.
    ``path`` is relative to the Jobfile's folder, with ``/``, normalised; a folder's has
    no trailing slash. ``place`` leads to where it is written in the Jobfile. Of an output:
    ``temp`` is removed after its last user, ``keep`` is not removed before a run, ``cache``
    says whether it is kept in the cache.
    """

    role: str
    kind: FileKind
    path: str
    place: tuple[str | int, ...] = ()
    temp: bool = False
    keep: bool = False
    cache: bool = True

    @property
    def shown(self) -> str:
        """The path as a person would write it: a folder with its slash."""
        return self.path + "/" if self.kind == "folder" else self.path

    def names(self, path: str) -> bool:
        """Say whether a path (a folder's with its slash) is, or lies in, what this names."""
        if self.kind == "glob":
            return glob_regex(self.path).fullmatch(path) is not None
        return path.rstrip("/") == self.path or path.startswith(self.path + "/")


class Scope(Value):
    """What placeholders can refer to before a run: params, and the instance's values: those
    of its matrix, and the file (a path) on each axis of `each`."""

    params: Mapping[str, Any]
    matrix: Mapping[str, Any]
    each: Mapping[str, str] = field(default_factory=dict)


class Manner(Value):
    """How an action runs; all of it but ``interactive`` counts in the fingerprint.

    ``shell`` is what stands before `-c TEXT`. With an ``interpreter`` each text is a script
    for it. ``files`` are (path, text with placeholders) written before the run. With
    ``capture`` the standard output is the target's value. ``isolated`` runs in a folder of
    its own, ``hermetic`` with few variables only. ``ok_codes`` are exit codes of success.
    """

    shell: tuple[str, ...] = SHELL
    interpreter: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    capture: bool = False
    hermetic: bool = False
    isolated: bool = False
    interactive: bool = False
    ok_codes: tuple[int, ...] = (0,)


class Demands(Value):
    """What a run takes up while it goes on: one slot of each of ``pools``, and of
    ``resources`` an amount (memory in bytes). A higher ``priority`` goes first."""

    pools: tuple[str, ...] = ()
    resources: tuple[tuple[str, int], ...] = ()
    priority: int = 0


class Handling(Value):
    """What becomes of a run that takes long (``timeout``), or fails. Durations are seconds;
    ``retry_delay`` doubles from one retry to the next."""

    timeout: float | None = None
    retries: int = 0
    retry_delay: float = 0.0
    allow_failure: bool = False


class Published(Value):
    """A path in the project at which an output is to be found, too: by a relative link, or
    as a copy."""

    path: str
    output: str
    copy: bool = False
    place: tuple[str | int, ...] = field(default=(), compare=False)


class Service(Value):
    """A command that others need while they run, and when it is ready for them: when ``port``
    takes connections, ``command`` succeeds, and a line of its output holds ``line``, all that
    are given; without any as soon as it runs. They are texts with placeholders, ``port`` may be
    a number. ``timeout`` is how many seconds that may take."""

    port: int | str | None = None
    command: str | None = None
    line: str | None = None
    timeout: float = 60.0


class Target(Value):
    """One thing to be made.

    ``family`` is the declared name; ``name`` is unique and differs from it for an
    instance: ``train[seed=1]``. ``job_type`` is None for a group, which only gathers
    others. ``settings`` belongs to the job type. ``params`` holds what is tracked:
    (dotted name, value) of every leaf. ``matrix`` holds the values of its axes, those of
    `each` (paths) too. ``groups`` holds for a Python job each need as it was written, parents
    first, and the targets that it means. ``depfile`` is a path, ``probes`` are commands,
    ``max_age`` is seconds. ``checks`` are names; ``check_settings`` holds, for those that have
    any, what the Jobfile says to them. A ``service`` makes nothing: it is there while others run.
    """

    name: str
    family: str
    job_type: str | None
    settings: Mapping[str, Any]
    scope: Scope
    inputs: tuple[FilePattern, ...] = ()
    sources: tuple[FilePattern, ...] = ()
    outputs: tuple[FilePattern, ...] = ()
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    params: tuple[tuple[str, Any], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    env_inputs: tuple[str, ...] = ()
    matrix: tuple[tuple[str, Any], ...] = ()
    version: str | None = None
    checks: tuple[str, ...] = ("content",)
    check_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cwd: str = "."
    manner: Manner = Manner()
    demands: Demands = Demands()
    handling: Handling = Handling()
    depfile: str | None = None
    probes: tuple[str, ...] = ()
    max_age: float | None = None
    service: Service | None = None
    publish: tuple[Published, ...] = ()
    tags: tuple[str, ...] = ()
    doc: str = ""
    place: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def is_group(self) -> bool:
        """Whether this target only gathers others and runs nothing."""
        return self.job_type is None

    @property
    def is_service(self) -> bool:
        """Whether this target makes nothing, but is there while others run."""
        return self.service is not None

    @property
    def is_restless(self) -> bool:
        """Whether it is to be judged in every build: it depends on more than files."""
        return bool(
            self.is_service
            or self.probes
            or self.max_age is not None
            or set(self.checks) != {"content"}
        )

    @property
    def by_content(self) -> bool:
        """Whether to be up to date means that its outputs are as they were recorded."""
        return "content" in self.checks or "own" in self.checks

    @property
    def owned(self) -> tuple[FilePattern, ...]:
        """All that is made with it: its outputs, and the files written for it."""
        if not self.manner.files:
            return self.outputs
        written = (
            FilePattern(WRITTEN, "file", path, (*self.place, "files"))
            for path, _ in self.manner.files
        )
        return (*self.outputs, *written)

    @property
    def made(self) -> tuple[FilePattern, ...]:
        """All that others can read of it: what it owns, and what it publishes."""
        if not self.publish:
            return self.owned
        kinds: dict[str, FileKind] = {one.path: one.kind for one in self.outputs}
        published = (
            FilePattern("", kinds.get(one.output, "file"), one.path, one.place)
            for one in self.publish
        )
        return (*self.owned, *published)
