"""The project of examples/c-project, built by jobmake and by ninja. What they made is told in
the same words for both: as outputs, by their paths below the build folder.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support import DEADLINE, Space

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "c-project"
MADE = shutil.ignore_patterns("build", ".jobmake", "Jobfile.lock", "*.pyc")


@dataclass(frozen=True)
class Built:
    """What one build made and what failed in it, as outputs below the build folder."""

    made: frozenset[str]
    failed: frozenset[str]
    text: str


class Project(Space):
    """A checkout of the example."""

    def sources(self) -> dict[str, bytes]:
        """Every file that a person wrote, with its content."""
        return {name: data for name, data in self.tree().items() if not is_made(name)}

    def outputs(self, tool: str) -> dict[str, bytes]:
        """Every file that a tool made, with its content; what is only the tool's own left out."""
        top = f"build/{tool}/"
        return {
            name.removeprefix(top): data
            for name, data in self.tree().items()
            if name.startswith(top) and is_output(name)
        }

    def ninja(self, env: Mapping[str, str] | None = None) -> Built:
        process = subprocess.run(
            ["ninja", "-k0"],
            cwd=self.root,
            env=self.environ(env),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        text = process.stdout + process.stderr
        started = re.findall(r"^\[\d+/\d+\] [A-Z]+ build/ninja/(\S+)$", text, re.MULTILINE)
        failed = re.findall(r"^FAILED: (?:\[code=\d+\] )?build/ninja/(\S+)", text, re.MULTILINE)
        assert bool(failed) == bool(process.returncode), text
        return Built(frozenset(started) - frozenset(failed), frozenset(failed), text)

    def jobmake(self, env: Mapping[str, str] | None = None) -> Built:
        result = self.build("-k", env=env, code=None)
        made = re.findall(
            r"^(?:built|restored) ([a-z-]+(?:\[.*?\])?)(?::| in )", result.err, re.MULTILINE
        )
        failed = [output_of(target) for target in result.failed]
        assert result.code == bool(failed), result.err
        return Built(frozenset(output_of(target) for target in made), frozenset(failed), result.err)


def is_made(name: str) -> bool:
    return name.startswith("build/") or name == "Jobfile.lock"


def is_output(name: str) -> bool:
    own = {"objects.txt", ".ninja_log", ".ninja_deps", ".ninja_lock"}
    return Path(name).suffix not in (".d", ".new") and Path(name).name not in own


def output_of(target: str) -> str:
    """What a target of the Jobfile makes: `compile[src="src/map.c"]` makes `src/map.o`."""
    name, _, axis = target.partition("[")
    stem = axis.removeprefix('src="').removesuffix('"]').removesuffix(".c")
    ends = {"compile": ".o", "compile-cli": ".o", "compile-test": ".o", "link-test": ""}
    ends["test"] = ".log"
    if name in ends:
        return stem + ends[name]
    return {
        "version": "gen/version.h",
        "library": "libtally.a",
        "program": "tally",
        "compare": "rivers.txt",
        "report": "rivers.json",
    }[name]


def checkout(folder: Path) -> Project:
    """The example as a clean checkout has it."""
    return Project(Path(shutil.copytree(EXAMPLE, folder, ignore=MADE)))


def go_back(project: Project, copy: Project) -> None:
    """Give every source the content and the time of the copy, and ninja what it had made then."""
    shutil.rmtree(project.path("build/ninja"), ignore_errors=True)
    shutil.copytree(copy.path("build/ninja"), project.path("build/ninja"))
    for name in project.sources().keys() - copy.sources().keys():
        project.path(name).unlink()
    for name in copy.sources():
        if not is_alike(project.path(name), copy.path(name)):
            shutil.copy2(copy.path(name), project.path(name))


def is_alike(path: Path, other: Path) -> bool:
    """Say whether two files have the same content, time and mode."""
    if not path.exists():
        return False
    one, two = path.stat(), other.stat()
    same_facts = (one.st_mtime_ns, one.st_mode) == (two.st_mtime_ns, two.st_mode)
    return same_facts and path.read_bytes() == other.read_bytes()


def ninja_lists(project: Project) -> str:
    """What `build.ninja` says from its first object on, for the files that are there now."""

    def stems(folder: str) -> list[str]:
        return [f"{folder}/{path.stem}" for path in sorted(project.path(folder).glob("*.c"))]

    def compiled(folder: str) -> str:
        return "".join(
            f"build $b/{name}.o: compile {name}.c || $b/gen/version.h\n" for name in stems(folder)
        )

    tests = stems("tests")
    return "\n".join(
        [
            compiled("src"),
            "build $b/libtally.a: archive"
            + "".join(f" $\n    $b/{name}.o" for name in stems("src"))
            + "\n",
            compiled("cli"),
            "build $b/tally: link "
            + "".join(f"$b/{name}.o " for name in stems("cli"))
            + "$b/libtally.a\n",
            compiled("tests"),
            "".join(f"build $b/{name}: link $b/{name}.o $b/libtally.a\n" for name in tests),
            "".join(f"build $b/{name}.log: test $b/{name}\n" for name in tests),
            "build $b/rivers.txt: compare | $b/tally data/rivers.csv expected/rivers.txt",
            "build $b/rivers.json: report | $b/tally data/rivers.csv\n",
        ]
    )


def list_files(project: Project) -> None:
    text = project.read("build.ninja")
    head = text[: text.index("build $b/src/")]
    if head + ninja_lists(project) != text:
        project.write("build.ninja", head + ninja_lists(project))
