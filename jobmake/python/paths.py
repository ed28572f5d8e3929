"""The files of a run, as a function or a job gets them: by position, by name, one after the
other.

    inputs[0]    inputs["table"]    inputs.table    for path in inputs: ...

Knows roles and paths. Does not look at the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Callable


class Paths(Sequence[Path]):
    """All paths in declared order. A name gives one path, or a list where it can be several:
    what a glob matches, or what all outputs of a target are."""

    def __init__(
        self,
        groups: Sequence[tuple[str, bool, Sequence[str]]],
        seen: Callable[[str], Path] = Path,
    ) -> None:
        self._groups = {role: (single, [seen(one) for one in paths])
                        for role, single, paths in groups}  # fmt: skip
        self._all = [path for _, paths in self._groups.values() for path in paths]

    @overload
    def __getitem__(self, key: int) -> Path: ...
    @overload
    def __getitem__(self, key: slice) -> list[Path]: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...
    def __getitem__(self, key: int | slice | str) -> Any:
        if not isinstance(key, str):
            return self._all[key]
        if key not in self._groups:
            raise KeyError(f"there is no `{key}`: there are {self._names()}")
        single, paths = self._groups[key]
        return paths[0] if single else list(paths)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Path]:
        return iter(self._all)

    def __repr__(self) -> str:
        return f"Paths({[str(path) for path in self._all]})"

    def _names(self) -> str:
        return ", ".join(f"`{name}`" for name in self._groups) or "none"
