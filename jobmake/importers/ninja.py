"""A build.ninja, as ninja and CMake know it, as a Jobfile.

Knows what ninja means by a build, a phony and a pool. Does not know ninja's text.

A `phony` without inputs is a file that may or may not be there; one with inputs is
another name for them. What a build makes is told by its first output.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING, Any

from jobmake.importers.commands import as_run, in_root, with_files
from jobmake.importers.draft import Draft, path_text
from jobmake.importers.ninja_text import parse
from jobmake.model.bindings import ROOTS
from jobmake.tools.pathnames import is_outside
from jobmake.tools.template import literal
from jobmake.tools.value import Mutable, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.importers.draft import Source
    from jobmake.importers.ninja_text import Build, Manifest

_CMAKE_FOLDER = re.compile(r"(?:^|(?<=/))CMakeFiles/([^/]+)\.dir/")
_SYMBOLIC = re.compile(r"(?:.*/)?CMakeFiles/([^/]+?)(?:\.util)?")


class Needed(Mutable):
    """What stands behind some paths once other names are looked through."""

    files: dict[str, None] = field(default_factory=dict)
    symbolic: dict[str, None] = field(default_factory=dict)
    order_only: dict[str, None] = field(default_factory=dict)
    always: bool = False  # something is missing that nobody makes


def read(source: Source) -> Draft:
    """Return what a build.ninja says as a Jobfile. Raises JobfileError."""
    return _Import(source, parse(source)).draft


class _Import:
    """One build.ninja on its way into a draft; its paths are those of the file."""

    def __init__(self, source: Source, manifest: Manifest) -> None:
        self.source, self.manifest, self.draft = source, manifest, Draft(source)
        self.phony: dict[str, Build] = {}
        self.gone: set[str] = set()  # what nobody makes any more
        self.made: dict[str, Build] = {}
        self.names: dict[int, str] = {}  # id of a build -> its target
        self.aliases: dict[str, str] = {}
        real = self._sort_out()
        self.symbolic = {
            self._local(one.outputs[0])
            for one in real
            if one.outputs and self._is_symbolic(one.outputs[0])
        }
        for build in real:
            self._name(build)
        for build in real:
            self._add_target(build)
        self._add_groups()
        self._add_pools(real)
        self._set_default()

    def _sort_out(self) -> list[Build]:
        """Part the builds: other names, what is left out, and what makes files."""
        real = []
        for build in self.manifest.builds:
            outputs = [self._local(path) for path in (*build.outputs, *build.more_outputs)]
            table = self.phony if build.rule == "phony" else self.made
            for path in dict.fromkeys(outputs):
                if path in self.made or path in self.phony:
                    build.line.refuse(f"`{path}` is made twice")
                table[path] = build
            why = self._left_out(build)
            if why:
                shown = " ".join(outputs[:3])
                self._note(build, f"build {shown}: {build.rule}", f"left out: {why}")
                for path in outputs:
                    self.made.pop(path, None)
                    self.gone.add(path)
            elif build.rule != "phony":
                real.append(build)
        return real

    def _left_out(self, build: Build) -> str | None:
        if build.rule == "phony":
            return None
        command = build.value("command")
        if build.value("generator"):
            return "it writes build.ninja anew; after that, import again"
        if "--regenerate-during-build" in command or re.search(
            r"/CMakeFiles/edit_cache\.util$", "/" + build.outputs[0]
        ):
            return "it runs CMake on its own files; after that, import again"
        if re.search(r"ninja\S* .*-t clean\b", command):
            return "`jobmake clean` removes what targets made"
        if re.search(r"ninja\S* .*-t targets\b", command):
            return "`jobmake list` shows the targets"
        return None

    # -- targets ---------------------------------------------------------------------

    def _name(self, build: Build) -> None:
        first = self._local((build.outputs or build.more_outputs)[0])
        match = _SYMBOLIC.fullmatch(first) if first in self.symbolic else None
        wanted = match[1] if match else _CMAKE_FOLDER.sub(r"\1/", first)
        name = self.draft.free_name(wanted.removeprefix("../"))
        self.names[id(build)] = name
        self.draft.targets[name] = {}

    def _add_target(self, build: Build) -> None:
        source, cwd = self.source, self.source.cwd
        needed = self._needed((*build.inputs, *build.implicit), Needed())
        inputs = [self._input(build, path) for path in needed.files]
        outputs = self._outputs(build)
        command = self._command(build)
        depfile = build.value("depfile")
        keys: dict[str, Any] = {
            "doc": build.value("description").strip(),
            "run": with_files(command, inputs, outputs, cwd),
            "inputs": [self._path(path) for path in inputs],
            "outputs": [path_text(path) for path in outputs],
            "needs": [self._target(path) for path in needed.symbolic],
            "after": self._after(build, needed),
            "cwd": path_text(cwd) if cwd != "." else "",
            "depfile": path_text(source.rebased(depfile)) if depfile else "",
            "files": self._files(build),
            **self._pool(build),
        }
        if needed.always or not outputs:
            keys["always"] = True
        if build.value("deps") == "msvc":
            self._note(build, "deps = msvc", "left out: only depfiles can be read")
        if build.value("dyndep"):
            done = "left out: what it adds must be written into `inputs` and `outputs`"
            self._note(build, f"dyndep = {build.value('dyndep')}", done)
        self.draft.add(self.names[id(build)], keys)

    def _command(self, build: Build) -> str:
        text = build.value("command")
        if not text.strip():
            build.line.refuse(f"rule `{build.rule}` has no command here")
        text = re.sub(r"^: && | && :$", "", text.strip())
        match = re.match(r"cd ([\w.+/@%,-]+) && (?=\S)", text)
        if match and os.path.realpath(match[1]) == os.path.realpath(self.source.folder):
            text = text[match.end() :]
        return in_root(as_run(text), self.source.root)

    def _outputs(self, build: Build) -> list[str]:
        paths = dict.fromkeys(self._local(one) for one in (*build.outputs, *build.more_outputs))
        if any(path in self.symbolic for path in paths):
            return []
        outputs = [self.source.rebased(path) for path in paths]
        for path in outputs:
            if is_outside(path):
                self._note(build, path, "left out: outputs lie below the Jobfile's folder")
        return [path for path in outputs if not is_outside(path)]

    def _after(self, build: Build, needed: Needed) -> list[str]:
        later = self._needed(build.order_only, Needed())
        made_later = (*needed.order_only, *later.files, *later.symbolic, *later.order_only)
        names = dict.fromkeys(self._target(path) for path in made_later if path in self.made)
        # who makes an input comes first anyway
        done = {self._target(path) for path in needed.files if path in self.made}
        done.update(self._target(path) for path in needed.symbolic)
        return [name for name in names if name not in done and name != self.names[id(build)]]

    def _files(self, build: Build) -> dict[str, str]:
        path = build.value("rspfile")
        if not path:
            return {}
        return {
            path_text(self.source.rebased(path)): literal(build.value("rspfile_content"), ROOTS)
        }

    def _pool(self, build: Build) -> dict[str, Any]:
        pool = build.value("pool")
        if pool == "console":
            return {"interactive": True}
        if not pool:
            return {}
        if pool not in self.manifest.pools:
            build.line.refuse(f"there is no pool `{pool}`")
        return {"pool": pool} if self.manifest.pools[pool] else {}

    def _input(self, build: Build, path: str) -> str:
        local = self.source.rebased(path)
        if path not in self.made and os.path.isdir(self.source.where(local)):
            self._note(build, path, "approximated: ninja looks at a folder's time, jobmake at all"
                       " that is in it")  # fmt: skip
        return local

    def _path(self, path: str) -> str:
        made = self.made.get(self.source.local(path))
        return path_text(path, made is None and os.path.isdir(self.source.where(path)))

    # -- what stands behind a path ---------------------------------------------------

    def _needed(self, paths: Iterable[str], found: Needed) -> Needed:
        """Gather what stands behind ``paths``; nothing recurses, names may be long chains."""
        todo = [(self._local(path), False) for path in reversed(list(paths))]
        seen: set[tuple[str, bool]] = set()
        while todo:
            path, order_only = todo.pop()
            if (path, order_only) in seen or path in self.gone:
                continue
            seen.add((path, order_only))
            alias = self.phony.get(path)
            if alias is not None and self._stands_for_something(alias):
                inner = [(self._local(one), order_only) for one in (*alias.inputs, *alias.implicit)]
                inner += [(self._local(one), True) for one in alias.order_only]
                todo.extend(reversed(inner))
            elif order_only:
                found.order_only[path] = None
            elif path in self.symbolic:
                found.symbolic[path] = None
                found.always = True
            elif alias is not None and not os.path.lexists(self._on_disk(path)):
                found.always = True
            else:
                found.files[path] = None
        return found

    def _stands_for_something(self, alias: Build) -> bool:
        return bool(alias.inputs or alias.implicit or alias.order_only)

    def _is_symbolic(self, output: str) -> bool:
        """Say whether an output is only a name: CMake's way to write a command of its own."""
        return _SYMBOLIC.fullmatch(self._local(output)) is not None

    # -- groups, pools, defaults -----------------------------------------------------

    def _add_groups(self) -> None:
        for path, alias in self.phony.items():
            if posixpath.isabs(path) or path.startswith("cmake_object_order_depends_target_"):
                continue
            found = self._needed([path], Needed())
            made = dict.fromkeys((*found.files, *found.symbolic, *found.order_only))
            needs = list(dict.fromkeys(self._target(one) for one in made if one in self.made))
            inputs = [self.source.rebased(one) for one in found.files if one not in self.made]
            if not self._stands_for_something(alias) or not (needs or inputs):
                continue
            if len(needs) == 1 and (needs[0] == path or not inputs):
                self.aliases[path] = needs[0]  # one other name for one target
                if needs[0] == path:
                    continue
            name = self.draft.free_name(path)
            self.aliases[path] = name
            self.draft.add(name, {"needs": needs, "inputs": [self._path(one) for one in inputs]})

    def _add_pools(self, builds: list[Build]) -> None:
        used = {build.value("pool") for build in builds}
        for name, depth in self.manifest.pools.items():
            if depth and name in used:
                self.draft.pools[name] = depth

    def _set_default(self) -> None:
        wanted: dict[str, None] = {}
        for path, line in self.manifest.defaults:
            local = self._local(path)
            if local in self.aliases:
                wanted[self.aliases[local]] = None
            elif local in self.made:
                wanted[self._target(local)] = None
            elif local not in self.phony:
                line.refuse(f"nothing makes `{path}`")
        checked: dict[str, None] = {}
        for build in self.manifest.builds:
            if build.validations and build.rule != "phony":
                found = self._needed(build.validations, Needed())
                checked.update(
                    dict.fromkeys(self._target(one) for one in found.files if one in self.made)
                )
                self._note(build, "|@ " + " ".join(build.validations),
                           "approximated: it is built by a bare `jobmake build`, not with each"
                           " build of what it checks")  # fmt: skip
        if wanted:
            self.draft.project["default"] = list(wanted | checked)

    # -- names of paths --------------------------------------------------------------

    def _local(self, path: str) -> str:
        """Return a path relative to the file's folder, where it is below the Jobfile's."""
        return self.source.local(self.source.rebased(path))

    def _on_disk(self, path: str) -> str:
        return os.path.join(self.source.folder, path)

    def _target(self, path: str) -> str:
        return self.names[id(self.made[path])]

    def _note(self, build: Build, text: str, done: str) -> None:
        self.draft.note(build.line.number, text, done, build.line.source.name)
