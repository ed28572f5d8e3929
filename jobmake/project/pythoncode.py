"""The Python code of a project, put together: what reads it, and what its jobs declare.

Knows which part is given what; all of it is imported when the first Python job is met.
"""

from __future__ import annotations

from functools import partial

from jobmake.memory.trust import is_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.code.code import Code
    from jobmake.engine.coding import Coding
    from jobmake.jobfile.python import Asked, Told
    from jobmake.memory.codestore import CodeStore
    from jobmake.memory.layout import Layout
    from jobmake.project.declaring import Declaring
    from jobmake.project.settings import Settings


class PythonCode:
    """What is known of a project's code. The settings say whether it may be loaded in any case,
    and in which `looks` what is read is noted."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout, self._environ, self._loading = layout, settings.environ, settings.loading
        self._looks = settings.looks
        self._store: CodeStore | None = None
        self._declaring: Declaring | None = None

    def declare(self, asked: Asked) -> Told:
        """Return what jobs declare."""
        if self._declaring is None:
            from jobmake.memory.declarations import Declarations
            from jobmake.project.declaring import Declaring

            root = self._layout.root
            self._declaring = Declaring(
                root,
                Declarations(self._layout.declarations),
                self.reader,
                self._environ,
                lambda: self._loading or is_trusted(root, self._environ),
                self._looks,
            )
        return self._declaring(asked)

    @property
    def left_out(self) -> int:
        """How many jobs and files are not known, because nothing was to be loaded."""
        return 0 if self._declaring is None else len(self._declaring.left_out)

    @property
    def declared_by(self) -> Declaring | None:
        """What was looked at for what jobs declare; None where there are none."""
        return self._declaring

    def reader(self, path: tuple[str, ...]) -> Code:
        """Return what reads code, with modules in some folders of the project."""
        from jobmake.code.code import Code

        return Code(self._layout.root, path, self._kept().known)

    def coding(
        self, path: tuple[str, ...], of_types: Mapping[str, tuple[tuple[str, str], ...]]
    ) -> Coding:
        """Return what tells the code of targets; ``of_types`` says where that of job types is."""
        from jobmake.engine.coding import Coding

        root, read = self._layout.root, partial(self.reader, path)
        return Coding(root, read, self._kept(), of_types, self._looks)

    def save(self) -> None:
        """Keep what was learned. Raises OSError."""
        if self._store is not None:
            self._store.save()
        if self._declaring is not None:
            self._declaring.save()

    def _kept(self) -> CodeStore:
        if self._store is None:
            from jobmake.memory.codestore import CodeStore

            self._store = CodeStore(self._layout.own("code"))
        return self._store
