"""What authors of plugins test them with.

    from jobmake.testing import CheckContract

    class TestMyCheck(CheckContract):
        def make(self):
            return MyCheck()

Knows which names there are. Each is imported when it is asked for, so that pytest is needed by
tests alone, and shows their assertions.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.testing.caches import CacheContract as CacheContract
    from jobmake.testing.checks import CheckContract as CheckContract
    from jobmake.testing.codecs import CodecContract as CodecContract
    from jobmake.testing.executors import ExecutorContract as ExecutorContract
    from jobmake.testing.jobtypes import JobTypeContract as JobTypeContract
    from jobmake.testing.projects import Workspace as Workspace
    from jobmake.testing.projects import project as project
    from jobmake.testing.reporters import ReporterContract as ReporterContract

_WHERE = {
    "CacheContract": "caches",
    "CheckContract": "checks",
    "CodecContract": "codecs",
    "ExecutorContract": "executors",
    "JobTypeContract": "jobtypes",
    "ReporterContract": "reporters",
    "Workspace": "projects",
    "project": "projects",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module `jobmake.testing` has no attribute `{name}`")
    from importlib import import_module

    module = f"jobmake.testing.{_WHERE[name]}"
    if "pytest" in sys.modules and module not in sys.modules:
        sys.modules["pytest"].register_assert_rewrite(module)
    found: object = getattr(import_module(module), name)
    globals()[name] = found
    return found
