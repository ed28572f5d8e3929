"""One run of a job type that is Python, in a process of its own.

    setup.json ──▶ the class is imported and made ──▶ its `perform`

Knows how the class is found: under the name that its module had in the process that builds.
Does not know what it does.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from functools import reduce
from typing import TYPE_CHECKING, Any

from jobmake.model.errors import TargetError
from jobmake.python.setup import told_in
from jobmake.tools.value import Value
from jobmake.worker.importing import ProjectLoader, enter_project
from jobmake.worker.report import Refused, leave_returned

if TYPE_CHECKING:
    from collections.abc import Mapping


class TypedRun(Value):
    """One run; ``setup`` is what its job type has written for it."""

    setup: Mapping[str, Any]
    run_dir: str
    root: str
    pdb: bool = False

    @classmethod
    def read(cls, path: str, text: bytes) -> TypedRun:
        """Return the run that a file is of; one that holds secrets is gone then."""
        setup = told_in(path, text)
        return cls(setup, os.path.dirname(path), setup["root"])

    def all(self) -> None:
        """Do it."""
        process = os.getpid()
        enter_project(self.root, self.setup["path"])
        module, name = self.setup["class"]
        for one, file in self.setup["modules"]:
            _load(one, file)
        found: Any = reduce(getattr, name.split("."), importlib.import_module(module))
        try:
            found().perform(self.setup)
        except TargetError as error:  # said on purpose
            raise Refused(error.message, error.hint) from error
        if os.getpid() != process:
            os._exit(0)  # it forked, and came back twice
        leave_returned(self.run_dir)


def _load(name: str, file: str) -> None:
    """Have a file be the module of a name: one of the project that nobody else finds so."""
    if name in sys.modules:
        return
    is_package = os.path.basename(file) == "__init__.py"
    folders = [os.path.dirname(file)] if is_package else None
    loader = ProjectLoader(name, file)
    spec = importlib.util.spec_from_file_location(
        name, file, loader=loader, submodule_search_locations=folders
    )
    if spec is None:
        raise ImportError(f"cannot load `{file}`")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
