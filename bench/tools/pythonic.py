"""doit, DVC, Snakemake and pytask, from PyPI, each in an environment of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from bench.tools.tool import JOBS, Tool, as_json, ends_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.graphs import Graph
    from bench.having import Cache


class _FromPyPI(Tool):
    """One that is installed with pip. ``packages``: what of."""

    packages: ClassVar[tuple[str, ...]] = ()

    def get(self, cache: Cache) -> None:
        """Have it at hand."""
        self.program = str(cache.environment(self.name, *self.packages) / self.name)


class Doit(_FromPyPI):
    """doit."""

    name = "doit"
    packages = ("doit",)
    keeps: ClassVar[tuple[str, ...]] = tuple(
        f".doit.db{end}" for end in ("", ".db", ".dat", ".dir", ".bak")
    )

    def write(self, graph: Graph, folder: Path) -> None:
        """Write a dodo.py."""
        (folder / "graph.json").write_text(as_json(graph))
        (folder / "dodo.py").write_text(
            "import json\n"
            'DOIT_CONFIG = {"verbosity": 0}\n'
            "def task_all():\n"
            '    for name, command, inputs, output in json.load(open("graph.json")):\n'
            '        yield {"name": name, "actions": [command], "file_dep": inputs,'
            ' "targets": [output]}\n'
        )

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        return [self.program, "run", "-n", str(JOBS), "-r", "zero"]


class Dvc(_FromPyPI):
    """DVC, which runs one stage at a time. It is told not to keep outputs in its cache."""

    name = "dvc"
    packages = ("dvc",)
    keeps: ClassVar[tuple[str, ...]] = (".dvc", ".dvcignore", "dvc.lock")

    def write(self, graph: Graph, folder: Path) -> None:
        """Write a dvc.yaml: JSON is YAML, too."""
        stages = {
            one.name: {
                "cmd": one.command,
                "deps": one.inputs,
                "outs": [{one.output: {"cache": False}}],
            }
            for one in graph.pieces
        }
        (folder / "dvc.yaml").write_text(json.dumps({"stages": stages}, indent=1))

    def begin(self, folder: Path) -> Sequence[str]:
        """Return how a project begins."""
        return [self.program, "init", "--no-scm", "-q"]

    def environ(self, folder: Path) -> Mapping[str, str]:
        """Return what keeps it from calling home."""
        return {"DVC_NO_ANALYTICS": "1", "DVC_STUDIO_OFFLINE": "1"}

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        return [self.program, "repro", "-q"]


class Snakemake(_FromPyPI):
    """Snakemake."""

    name = "snakemake"
    packages = ("snakemake",)
    keeps: ClassVar[tuple[str, ...]] = (".snakemake",)

    def write(self, graph: Graph, folder: Path) -> None:
        """Write a Snakefile."""
        (folder / "graph.json").write_text(as_json(graph))
        (folder / "ends").write_text(ends_of(graph))
        (folder / "Snakefile").write_text(
            "import json\n"
            "made = {output: (inputs, command) for _, command, inputs, output in"
            ' json.load(open("graph.json"))}\n'
            "rule all:\n"
            '    input: open("ends").read().split()\n'
            "rule one:\n"
            '    input: lambda found: made["out/" + found.path][0]\n'
            '    output: "out/{path}"\n'
            '    params: command=lambda found: made["out/" + found.path][1]\n'
            '    shell: "{params.command}"\n'
        )

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        return [self.program, "--cores", str(JOBS), "--quiet", "all"]


class Pytask(_FromPyPI):
    """pytask, with threads of pytask-parallel."""

    name = "pytask"
    packages = ("pytask", "pytask-parallel")
    keeps: ClassVar[tuple[str, ...]] = (".pytask", "pytask.lock")

    def write(self, graph: Graph, folder: Path) -> None:
        """Write tasks."""
        (folder / "graph.json").write_text(as_json(graph))
        (folder / "pyproject.toml").write_text("[tool.pytask.ini_options]\n")
        (folder / "task_all.py").write_text(
            "import json, subprocess\n"
            "from pathlib import Path\n"
            "from pytask import task\n"
            "ROOT = Path(__file__).parent\n"
            'for name, command, inputs, output in json.loads((ROOT / "graph.json").read_text()):\n'
            '    @task(id=name, kwargs={"command": command})\n'
            "    def task_one(command, depends_on=[ROOT / path for path in inputs],"
            " produces=ROOT / output):\n"
            "        subprocess.run(command, shell=True, check=True, cwd=ROOT)\n"
        )

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        how = ["-n", str(JOBS), "--parallel-backend", "threads"]
        return [self.program, "build", "-v", "0", *how]
