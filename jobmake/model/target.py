"""A target: one declared thing to be made, with everything filled in that can be known
without looking at the disk.

Knows nothing of TOML, of files as they are, or of other targets but by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FileKind = Literal["file", "folder", "glob"]


@dataclass(frozen=True, slots=True)
class FilePattern:
    """One declared input, source or output.

    ``role`` is how the action refers to it: its name in a table, else its position.
    ``path`` is relative to the Jobfile's folder, with ``/``, normalised; a folder's has
    no trailing slash. ``place`` leads to where it is written in the Jobfile.
    """

    role: str
    kind: FileKind
    path: str
    place: tuple[str | int, ...] = ()

    @property
    def shown(self) -> str:
        """The path as a person would write it: a folder with its slash."""
        return self.path + "/" if self.kind == "folder" else self.path


@dataclass(frozen=True, slots=True)
class Scope:
    """What placeholders can refer to before a run: params and the instance's matrix values."""

    params: Mapping[str, Any]
    matrix: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to be made.

    ``family`` is the declared name; ``name`` is unique and differs from it for an
    instance: ``train[seed=1]``. ``job_type`` is None for a group, which only gathers
    others. ``settings`` belongs to the job type. ``params`` holds what is tracked:
    (dotted name, value) of every leaf.
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
    params: tuple[tuple[str, Any], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    env_inputs: tuple[str, ...] = ()
    matrix: tuple[tuple[str, Any], ...] = ()
    version: str | None = None
    checks: tuple[str, ...] = ("content",)
    cwd: str = "."
    doc: str = ""
    place: tuple[str | int, ...] = field(default=(), compare=False)

    @property
    def is_group(self) -> bool:
        """Whether this target only gathers others and runs nothing."""
        return self.job_type is None
