"""Random edits of a project that has a bit of everything, for watches and sessions.

    soak = Soak(root, seed)
    soak.begin()
    paths = soak.edit()         # one edit, as people and their tools make them
    soak.check()                # all that a clean build makes is there, with the same bytes

Knows the project and what it makes only by building it elsewhere from nothing.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jobmake.engine.options import Options
from jobmake.model.decision import Fresh
from jobmake.project import Project, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

JOBFILE = """
[project]
params_files = ["params.toml"]
[params]
level = 1
[target.up]
run = "tr a-z A-Z < {inputs} > {outputs}"
inputs = ["{each.p}"]
outputs = ["out/up/{each.p.stem}"]
each = { p = "src/*.txt" }
[target.all-up]
run = "cat {inputs} > {outputs}"
inputs = ["@up"]
outputs = ["out/all-up"]
[target.count]
run = "cat {inputs} | wc -c > {outputs}"
inputs = ["src/**/*.txt"]
outputs = ["out/count"]
[target.digits]
run = "wc -c < {inputs} > {outputs}"
inputs = ["out/count"]
outputs = ["out/digits"]
[target.last]
run = "cat out/digits $(find data -type f | sort) > {outputs}; echo {params.level} >> {outputs}"
inputs = ["out/digits", "data/"]
outputs = ["out/last"]
[target.split]
run = "mkdir -p out/parts; for word in $(cat {inputs}); do echo $word > out/parts/$word; done"
inputs = ["words"]
outputs = ["out/parts/"]
[target.part]
run = "tr a-z A-Z < {inputs} > {outputs}"
inputs = ["{each.p}"]
outputs = ["out/part/{each.p.name}"]
each = { p = "@split" }
[target.gather]
run = "cat {inputs} > {outputs}"
inputs = ["@part"]
outputs = ["out/gather"]
[target.temp]
run = "cat {inputs} > {outputs}"
inputs = ["other/t.txt"]
outputs = [{ path = "out/temp", temp = true }]
[target.user]
run = "cat {inputs} > {outputs}"
inputs = ["out/temp", "other/u.txt"]
outputs = ["out/user"]
[target.user-too]
run = "cat {inputs} > {outputs}"
inputs = ["out/temp", "other/v.txt"]
outputs = ["out/user-too"]
[target.dep]
run = "cat other/list $(cat other/list) > {outputs}; echo out/dep: $(cat other/list) > dep.d"
inputs = ["other/list"]
outputs = ["out/dep"]
depfile = "dep.d"
[target.script]
run = "python tool.py > {outputs}"
imports = "auto"
outputs = ["out/script"]
[target.flaky]
run = "! grep bad {inputs} && cat {inputs} > {outputs}"
inputs = ["other/flaky"]
outputs = ["out/flaky"]
[target.flaky-user]
run = "cat {inputs} > {outputs}"
inputs = ["out/flaky", "other/u.txt"]
outputs = ["out/flaky-user"]
"""

MORE = """
[target.more]
run = "cat out/user $(find data -type f | sort) > {outputs}; echo SALT >> {outputs}"
inputs = ["out/user", "data/"]
outputs = ["out/more"]
"""

FILES = {
    "params.toml": "level = 1\n",
    "src/kept.txt": "kept",
    "src/a.txt": "a",
    "src/deep/b.txt": "b",
    "data/one": "1",
    "data/in/two": "2",
    "words": "x y",
    "other/t.txt": "t",
    "other/u.txt": "u",
    "other/v.txt": "v",
    "other/list": "other/h1 other/h2",
    "other/h1": "h1",
    "other/h2": "h2",
    "other/flaky": "good",
    "tool.py": "import used\nprint(used.VALUE)\n",
    "used.py": "VALUE = 1\n",
}


class Soak:
    """Edits, and what must hold after a build of them."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.chance = root, random.Random(seed)
        self._count = 0
        self.log: list[str] = []

    def begin(self) -> None:
        """Write the project."""
        self._write("Jobfile.toml", JOBFILE)
        for name, text in FILES.items():
            self._write(name, text)

    def edit(self) -> list[str]:
        """Make one edit; return the paths that it concerns."""
        self._count += 1
        edits: list[Callable[[], list[str]]] = [
            self._edit_a_file, self._edit_a_file, self._edit_a_file, self._save_atomically,
            self._touch_a_file, self._add_a_source, self._remove_a_source, self._rename_a_source,
            self._move_a_folder, self._edit_an_output, self._remove_an_output,
            self._change_the_words, self._break_or_mend, self._change_the_code,
            self._change_the_params, self._change_the_jobfile, self._make_and_remove_scratch,
            self._add_to_the_folder, self._change_the_list,
        ]  # fmt: skip
        edit = self.chance.choice(edits)
        paths = edit()
        self.log.append(f"{edit.__name__} {paths}")
        return paths

    def check(self) -> None:
        """Compare with a clean build, and ask a new process's view what is stale."""
        with tempfile.TemporaryDirectory(prefix="jobmake-clean-") as folder:
            clean = Path(folder) / "project"
            shutil.copytree(self.root, clean, ignore=shutil.ignore_patterns("out", ".*", "*.lock"))
            bad = self._build_clean(clean)
            made, ours = outputs(clean), outputs(self.root)
            assert {path: ours.get(path) for path in made} == made
            project = Project.open(self.settings(self.root))
            outlooks = project.forecast(project.plan([]).wanted, lambda _: None)
            stale = {one.target.name for one in outlooks if not isinstance(one.forecast, Fresh)}
            assert stale - bad == set(), (stale, bad)

    def sources(self, folder: str = "") -> list[str]:
        """Return the files that are nobody's output."""
        found = (one for one in (self.root / folder).rglob("*") if one.is_file())
        names = (one.relative_to(self.root).as_posix() for one in found)
        return sorted(one for one in names if one.split("/")[0] not in ("out", ".jobmake"))

    def _build_clean(self, clean: Path) -> set[str]:
        project = Project.open(self.settings(clean))
        summary = project.build([], Options(jobs=2, keep_going=True), lambda _: None)
        return {*summary.failed, *summary.blocked}

    def settings(self, root: Path) -> Settings:
        """Return how the project in a folder is opened."""
        state = str(self.root.with_name("state"))
        environ = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": state}
        return Settings(str(root), cache=False, environ=environ)

    # -- edits ----------------------------------------------------------------------------

    def _edit_a_file(self) -> list[str]:
        path = self.chance.choice(["words-not-read", *self._editable()])
        return self._write(path, self._text())

    def _save_atomically(self) -> list[str]:
        path = self.chance.choice(self._editable())
        self._write(path + "~", self._text())
        os.replace(self.root / (path + "~"), self.root / path)
        return [path + "~", path]

    def _touch_a_file(self) -> list[str]:
        path = self.chance.choice(self.sources())
        os.utime(self.root / path)
        return [path]

    def _add_a_source(self) -> list[str]:
        name = self.chance.choice(["src/", "src/deep/", "src/new/", "src/new/er/"])
        return self._write(f"{name}{self.chance.choice('abcd')}.txt", self._text())

    def _remove_a_source(self) -> list[str]:
        path = self._some_source()
        if path:
            (self.root / path).unlink()
        return [path] if path else []

    def _rename_a_source(self) -> list[str]:
        old, new = self._some_source(), f"src/renamed-{self.chance.choice('ab')}.txt"
        if not old:
            return []
        os.replace(self.root / old, self.root / new)
        return [old, new]

    def _move_a_folder(self) -> list[str]:
        names = ["src/deep", "src/new", "src/moved", "elsewhere"]
        old, new = self.chance.sample(names, 2)
        if not (self.root / old).is_dir():
            return []
        if (self.root / new).exists():
            shutil.rmtree(self.root / new)
        os.rename(self.root / old, self.root / new)
        return [old, new]

    def _edit_an_output(self) -> list[str]:
        path = self.chance.choice(["out/mine", *outputs(self.root)])
        return self._write(path, self._text())

    def _remove_an_output(self) -> list[str]:
        found = list(outputs(self.root))
        if self.chance.random() < 0.1 or not found:
            shutil.rmtree(self.root / "out", ignore_errors=True)
            return ["out"]
        path = self.chance.choice(found)
        (self.root / path).unlink()
        return [path]

    def _change_the_words(self) -> list[str]:
        words = self.chance.sample(["x", "y", "z", "w"], self.chance.randint(1, 3))
        return self._write("words", " ".join(words))

    def _break_or_mend(self) -> list[str]:
        return self._write("other/flaky", self.chance.choice(["bad", "good", self._text()]))

    def _change_the_code(self) -> list[str]:
        if self.chance.random() < 0.3:
            if (self.root / "used").exists():
                shutil.rmtree(self.root / "used")
                return ["used"]
            return self._write("used/__init__.py", f"VALUE = {self._count}\n")
        text = self.chance.choice([f"VALUE = {self._count}\n", "VALUE = 1  # so\n", "VALUE = (\n"])
        return self._write("used.py", text)

    def _change_the_params(self) -> list[str]:
        return self._write("params.toml", f"level = {self.chance.randint(1, 3)}\n")

    def _change_the_jobfile(self) -> list[str]:
        more = MORE.replace("SALT", self.chance.choice("st")) if self.chance.random() < 0.7 else ""
        return self._write("Jobfile.toml", JOBFILE + more)

    def _make_and_remove_scratch(self) -> list[str]:
        paths = ["src/.a.txt.swp", "src/4913", "data/.x", "src/scratch/a.txt"]
        path = self.chance.choice(paths)
        self._write(path, "scratch")
        (self.root / path).unlink()
        return [path]

    def _add_to_the_folder(self) -> list[str]:
        path = self.chance.choice(["data/three", "data/in/four"])
        if (self.root / path).exists():
            (self.root / path).unlink()
            return [path]
        return self._write(path, self._text())

    def _change_the_list(self) -> list[str]:
        heads = self.chance.sample(["other/h1", "other/h2", "other/t.txt"], 2)
        return self._write("other/list", " ".join(heads))

    # -- the rest -------------------------------------------------------------------------

    def _editable(self) -> list[str]:
        kept = ("Jobfile.toml", "params.toml", "words", "tool.py", "used.py", "other/list")
        found = [one for one in self.sources() if one not in kept]
        return [one for one in found if not one.endswith((".lock", ".d", ".py"))]

    def _some_source(self) -> str | None:
        found = [one for one in self.sources("src") if one != "src/kept.txt"]
        return self.chance.choice(found) if found else None

    def _text(self) -> str:
        return self.chance.choice(["a", "b", "ab\n", f"text {self._count}\n"])

    def _write(self, name: str, text: str) -> list[str]:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return [name]


def outputs(root: Path) -> dict[str, str]:
    """Return path and text of all that was made, but for temp files."""
    found = sorted(one for one in (root / "out").rglob("*") if one.is_file())
    return {one.relative_to(root).as_posix(): one.read_text() for one in found}
