"""Random projects and random edits: whatever the fast path answers, the ordinary path says, too.

Every build of a walk first asks the fast path (`tests/walks/ground.py`). Here are the edits that
look as if nothing had changed: the same size and time, links in place of files and folders, files
that come and go where somebody looks.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from jobmake.model.errors import JobmakeError
from tests.amounts import amount
from tests.unchanged.rig import TOLD, next_tick
from tests.walks.ground import Walk, jobfile, seeds

TARGETS: dict[str, dict[str, Any]] = {
    "copy": {"run": "cat {inputs} > {outputs}", "inputs": ["src/a.txt"], "outputs": ["out/a"]},
    "glob": {"run": "cat {inputs} > {outputs}", "inputs": ["src/*.txt"], "outputs": ["out/glob"]},
    "deep": {"run": "cat {inputs} > {outputs}", "inputs": ["src/**/*.dat"], "outputs": ["out/d"]},
    "whole": {"run": "ls -R {inputs} > {outputs}", "inputs": ["src/sub/"], "outputs": ["out/w"]},
    "folder": {
        "run": "mkdir -p {outputs}/in; cp {inputs} {outputs}/in/x",
        "inputs": ["src/b.txt"],
        "outputs": ["made/"],
    },
    "reads": {"run": "cat {inputs}/in/x > {outputs}", "inputs": ["@folder"], "outputs": ["out/r"]},
    "param": {"run": "echo {params.p} {params.q} > {outputs}", "outputs": ["out/param"]},
    "env": {"run": "echo $ONE {env.TWO} > {outputs}", "env_inputs": ["ONE"], "outputs": ["out/e"]},
    "grid": {
        "run": "echo {matrix.n} > {outputs}",
        "matrix": {"n": [1, 2]},
        "outputs": ["out/grid-{matrix.n}"],
    },
    "each": {
        "run": "cat {each.s} > {outputs}",
        "each": {"s": "src/*.txt"},
        "outputs": ["each/{each.s.stem}"],
        "publish": {"shown/{each.s.stem}": "each/{each.s.stem}"},
    },
    "gather": {"run": "cat {inputs} > {outputs}", "inputs": ["@each"], "outputs": ["out/gather"]},
    "over": {"run": "cat {each.o} > {outputs}", "each": {"o": "@each"},
             "outputs": ["over/{each.o.name}"]},
    "temp": {
        "run": "cat {inputs} > {outputs}",
        "inputs": ["src/a.txt"],
        "outputs": [{"path": "tmp/t", "temp": True}],
    },
    "after_temp": {"run": "wc -c {inputs} > {outputs}", "inputs": ["tmp/t"], "outputs": ["out/t"]},
    "headers": {
        "run": "cat src/b.txt > {outputs}; echo '{outputs}: src/b.txt' > d.d",
        "outputs": ["out/h"],
        "depfile": "d.d",
    },
    "copied": {
        "run": "cat {inputs} > {outputs}",
        "inputs": ["src/a.txt"],
        "outputs": ["out/copied"],
        "publish": {"shown/copied": {"path": "out/copied", "copy": True}},
    },
    "code": {
        "run": "python3 scripts/main.py > {outputs}",
        "imports": "auto",
        "outputs": ["out/code"],
    },
}  # fmt: skip
NEEDS = {"reads": "folder", "gather": "each", "over": "each", "after_temp": "temp"}


class Looks(Walk):
    """A project of some of these targets. ``margin``: seconds until a stat is trusted."""

    _keep_going = False
    _mends = 1.0  # how often a build that fails is followed by files that are right

    def begin(self) -> None:
        self.margin = self.chance.choice([0.0, 0.0, 2.0])
        chosen = self.chance.sample(list(TARGETS), self.chance.randint(2, 7))
        self.targets = {name for one in chosen for name in (one, NEEDS.get(one, one))}
        self.environ = {"ONE": "1", "TWO": "2"}
        self.params = {"p": 1}
        self.included = self.chance.random() < 0.3
        self._lay_out()

    def build(self) -> None:
        if self.margin == 0:
            next_tick(self.ground.root)
        try:
            built = self.ground.build(
                environ=self.environ, margin=self.margin, keep_going=self._keep_going
            )
        except JobmakeError as error:
            self.tell(refused=(str(error),))
            self._lay_out()
        else:
            self.tell(ran=built.ran, fresh=built.fresh, failed=built.failed)
            if built.failed and self.chance.random() < self._mends:
                self._lay_out()
        if self.margin == 0:
            next_tick(self.ground.root)

    # -- edits of files -----------------------------------------------------------------

    def touch(self) -> None:
        os.utime(self._file())

    def touch_all(self) -> None:
        for path in self._files():
            os.utime(path)

    def edit(self) -> None:
        with open(self._file(), "a") as file:
            file.write("# more\n")

    def edit_slyly(self) -> None:
        """The same size, and the time put back."""
        path = self._file()
        before = os.stat(path)
        with open(path, "r+b") as file:
            if first := file.read(1):
                file.seek(0)
                file.write(b"#" if first != b"#" else b" ")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def rewrite_the_same(self) -> None:
        path = Path(self._file())
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)

    def delete(self) -> None:
        os.unlink(self._file())

    def make_executable(self) -> None:
        os.chmod(self._file(), 0o755)

    def put_a_link_in_its_place(self) -> None:
        self._link(self._file())

    def put_a_folder_in_its_place(self) -> None:
        path = self._file()
        os.unlink(path)
        os.mkdir(path)

    # -- edits of folders ---------------------------------------------------------------

    def add_a_file(self) -> None:
        name = self.chance.choice(["c.txt", "z.dat", "other", "helper.py"])
        path = os.path.join(self._folder(), name)
        if not os.path.lexists(path):
            with open(path, "w") as file:
                file.write(f"'{name}'")

    def add_a_folder(self) -> None:
        path = os.path.join(self._folder(), "new")
        if not os.path.lexists(path):
            os.mkdir(path)

    def link_a_folder(self) -> None:
        path = self._folder()
        if path != str(self.ground.root) and not os.path.islink(path):
            self._link(path)

    def remove_a_folder(self) -> None:
        path = self._folder()
        if path != str(self.ground.root) and not os.path.islink(path):
            shutil.rmtree(path)

    def bring_the_sources_back(self) -> None:
        for name in ("src/a.txt", "src/b.txt", "src/sub/y.dat", "scripts/helper.py"):
            path = self.ground.root / name
            if not path.exists() and path.parent.is_dir() and not path.is_symlink():
                self.ground.write(name, name if name[-1] == "t" else "TEXT = 'back'\n")

    # -- edits of what defines the project -------------------------------------------------

    def change_a_param(self) -> None:
        self.params["p"] = self.chance.choice([1, 2, "1"])
        self._declare()

    def change_the_params_file(self) -> None:
        self.ground.delete("more.json")
        self.ground.write("more.json", self.chance.choice(['{"q": 2}', '{"q": 3}', '{ "q": 2}']))

    def change_a_variable(self) -> None:
        self.environ[self.chance.choice(["ONE", "TWO", "THREE"])] = self.chance.choice("12")

    def unset_a_variable(self) -> None:
        self.environ.pop("ONE", None)

    def change_the_targets(self) -> None:
        name = self.chance.choice(list(TARGETS))
        self.targets |= {name, NEEDS.get(name, name)}
        self._declare()

    def edit_the_lockfile(self) -> None:
        path = self.ground.root / "Jobfile.lock"
        if path.is_file() and path.stat().st_size:
            lines = path.read_text().splitlines(keepends=True)
            del lines[self.chance.randrange(len(lines))]
            path.write_text("".join(lines))

    def lose_state(self) -> None:
        name = self.chance.choice(["index", "journal", "outside", "left", "code"])
        (self.ground.root / ".jobmake" / name).unlink(missing_ok=True)

    # -- the rest is bookkeeping ------------------------------------------------------------

    def _lay_out(self) -> None:
        """Make the project as it should be; what was known of it stays."""
        for name in os.listdir(self.ground.root):
            if name not in (".jobmake", "Jobfile.lock", "out"):
                self.ground.delete(name)
        for name in ("src/a.txt", "src/b.txt", "src/x.dat", "src/sub/y.dat"):
            self.ground.write(name, name)
        self.ground.write("scripts/main.py", "import helper\nprint(helper.TEXT)\n")
        self.ground.write("scripts/helper.py", "TEXT = 'text'\n")
        self.ground.write("more.json", '{"q": 2}')
        self._declare()

    def _link(self, path: str) -> None:
        """Put a link in the place of a file or folder, to where that is now."""
        self.count += 1
        name = f"{os.path.basename(path)}.moved-{self.count}"
        os.rename(path, os.path.join(os.path.dirname(path), name))
        os.symlink(name, path)

    def _declare(self) -> None:
        tables: dict[str, dict[str, Any]] = {
            "project": {"params_files": ["more.json"]},
            "params": self.params,
        }
        if self.included:
            tables["project"]["include"] = ["inner/Jobfile.toml"]
            one = {"run": "cat {inputs} > {outputs}", "inputs": ["i.txt"], "outputs": ["o.txt"]}
            inner = self.ground.root / "inner"
            if inner.is_symlink() or not inner.is_dir():
                self.ground.delete("inner")
            for name in ("inner/Jobfile.toml", "inner/i.txt"):
                self.ground.delete(name)
            self.ground.write("inner/Jobfile.toml", jobfile({"target.inner": one}))
            self.ground.write("inner/i.txt", "inner")
        known = self._tables()
        tables |= {f"target.{name}": known[name] for name in sorted(self.targets)}
        if (self.ground.root / "Jobfile.toml").is_dir():
            self.ground.delete("Jobfile.toml")
        self.ground.write("Jobfile.toml", jobfile(tables))

    def _tables(self) -> dict[str, dict[str, Any]]:
        return TARGETS

    def _files(self) -> list[str]:
        return [
            os.path.join(folder, name)
            for folder, _, names in self._walk()
            for name in names
            if os.path.isfile(os.path.join(folder, name))
        ]

    def _file(self) -> str:
        return self.chance.choice(sorted(self._files()))

    def _folder(self) -> str:
        return self.chance.choice(sorted(folder for folder, _, _ in self._walk()))

    def _walk(self) -> list[tuple[str, list[str], list[str]]]:
        found = []
        for folder, folders, names in os.walk(self.ground.root):
            folders[:] = [one for one in folders if one != ".jobmake"]
            found.append((folder, folders, names))
        return found


@pytest.mark.parametrize("seed", seeds(8, 400))
def test_what_the_fast_path_answers_the_ordinary_path_says_too(seed: int) -> None:
    Looks(seed).go(amount(10, 30), {})


def test_the_fast_path_did_answer() -> None:
    """A walk in which it never does would prove nothing."""
    assert TOLD["answered"] > 10, TOLD
