"""The plugins that ship with jobmake, and ask others, keep to the contracts: against real servers,
engines and kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jobmake_plugins.etag import ETag
from jobmake_plugins.http import Http
from jobmake_plugins.notebook import Notebook
from jobmake_plugins.notify import Notify
from jobmake_plugins.sql import Sql

from jobmake.testing import CheckContract, JobTypeContract, ReporterContract
from tests.plugins.shipped import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobmake import Reporting
    from jobmake.testing import Workspace

# ruff: noqa: RUF012


class TestSql(JobTypeContract):
    settings = {"text": "SELECT 1 AS one", "engine": "sqlite"}
    changed = {"text": "SELECT 2 AS two", "engine": "duckdb", "parameters": {"a": 1}}
    failing = {"text": "SELECT * FROM nowhere"}
    wrong = {"text": "SELECT 1", "engine": "oracle"}
    keys = {"outputs": ["out.csv"]}

    def make(self) -> Sql:
        return Sql()


class TestNotebook(JobTypeContract):
    settings = {"notebook": "in.ipynb", "parameters": {"size": 1}}
    changed = {"parameters": {"size": 2}, "allow_errors": True}
    failing = {"parameters": {"size": 0}}
    wrong = {"notebook": 3}
    keys = {"outputs": ["out.ipynb"]}
    files = {
        "in.ipynb": json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code", "source": "1 / size", "metadata": {},
                        "outputs": [], "execution_count": None,
                    }
                ],
                "metadata": {}, "nbformat": 4, "nbformat_minor": 4,
            }
        )
    }  # fmt: skip

    def make(self) -> Notebook:
        return Notebook()


class TestHttp(JobTypeContract):
    wrong = {"url": 3}
    keys = {"outputs": ["out.txt"]}

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        folder = tmp_path / "served"
        folder.mkdir()
        for name in ("one", "two"):
            (folder / name).write_text(name)
        words = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
        with subprocess.Popen(
            words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server:
            assert server.stdout is not None
            port = server.stdout.readline().split(" port ")[1].split()[0]
            url = f"http://127.0.0.1:{port}"
            self.settings = {"url": f"{url}/one"}
            self.changed = {"url": f"{url}/two", "headers": {"Accept": "text/plain"}}
            self.failing = {"url": f"{url}/three"}
            yield
            server.kill()

    def make(self) -> Http:
        return Http()


class TestETag(CheckContract):
    wrong = {"url": 3}

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        with Server(tmp_path / "server") as self.server:
            self.settings = {"url": f"{self.server.url}/data"}
            self.changed = {"url": f"{self.server.url}/other", "headers": {"Accept": "text/csv"}}
            yield

    def make(self) -> ETag:
        return ETag()

    def prepare(self, space: Workspace) -> None:
        for path in ("/data", "/other"):
            self.server.say(path, ETag='"a"')

    def change(self, space: Workspace) -> None:
        self.server.say("/data", ETag='"b"')


class TestNotify(ReporterContract):
    @pytest.fixture(autouse=True)
    def _served(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        with Server(tmp_path_factory.mktemp("hook") / "server") as server:
            server.say("/hook", 204)
            self.settings: dict[str, Any] = {"webhook": f"{server.url}/hook", "when": "always"}
            self.environ = {"PATH": os.environ["PATH"]}
            yield

    def make(self, reporting: Reporting) -> Notify:
        return Notify(reporting)
