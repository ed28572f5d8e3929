"""The executors that ship with jobmake keep to the contract."""

from __future__ import annotations

from jobmake.executors.local import LocalExecutor
from jobmake.testing import ExecutorContract


class TestLocal(ExecutorContract):
    def make(self) -> LocalExecutor:
        return LocalExecutor()
