"""The package of the cookbook, installed in an environment of its own: what a stranger would do."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import jobmake
from tests.documents import PAGES, blocks

if TYPE_CHECKING:
    from tests.support import Space

PAGE = dict(reversed(blocks(PAGES["docs/13-cookbook.md"])))  # of two alike the first
JOBFILE = PAGE["toml"].replace("plugins/sums.py", "sums")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The interpreter of a new environment that finds jobmake, and what that needs."""
    venv.create(tmp_path / "env", symlinks=True)
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    here = [str(Path(jobmake.__file__).parents[1]), *filter(_is_site, sys.path)]
    (site / "here.pth").write_text("\n".join(here) + "\n")
    return tmp_path / "env" / "bin" / "python"


def _is_site(path: str) -> bool:
    return path.endswith("site-packages")


def install(python: Path) -> None:
    """Put the package where `pip install .` puts it, with what that writes beside it."""
    project = tomllib.loads(PAGE["toml pyproject.toml"])["project"]
    site = next(python.parent.parent.glob("lib/python*/site-packages"))
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = project["entry-points"]["jobmake"]
    (info / "entry_points.txt").write_text(
        "\n".join(["[jobmake]", *(f"{name} = {where}" for name, where in points.items()), ""])
    )
    for module in points.values():
        (site / f"{module}.py").write_text(PAGE["python plugins/sums.py"])


def test_an_installed_plugin_is_used_by_its_name(space: Space, python: Path) -> None:
    space.jobfile(JOBFILE)
    space.write("sales.csv", "city,amount\nUlm,2\nBern,1\nUlm,3\n")
    environ = {**space.environ(), "PYTHONSAFEPATH": "1"}
    environ.pop("PYTHONPATH", None)

    def said(*words: str) -> str:
        done = subprocess.run(
            [python, "-m", "jobmake", *words], cwd=space.root, env=environ, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.stdout

    assert "error: there is no plugin `sums`" in said("status")
    install(python)
    assert said("plugins") == "sums (acme_sums of acme-sums 1.0)\n  job types  sums\n"
    assert said("status") == "stale sales: it was never built\nup to date: 0 targets\n"
    assert "built 1" in said("build")
    assert space.read("build/sales.csv").split() == ["Bern,1.0", "Ulm,5.0"]
    assert said("status") == "up to date: 1 target\n"
    assert os.listdir(space.path("build")) == ["sales.csv"]
