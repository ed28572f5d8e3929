"""A dvc.yaml as a Jobfile.

Knows the keys of a pipeline and its stages. `dvc_values` knows `${…}`, `dvc_loops`
`foreach` and `matrix`, `dvc_files` YAML.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from jobmake.importers import dvc_loops, dvc_values
from jobmake.importers.commands import as_run
from jobmake.importers.draft import Draft, Source
from jobmake.importers.dvc_files import line_of, load_yaml, params_of, plain, without_strange
from jobmake.importers.dvc_loops import Variant
from jobmake.importers.dvc_values import Scope, UnknownValue
from jobmake.jobfile.params import find, merged
from jobmake.tools.pathnames import is_outside
from jobmake.tools.value import Mutable, field

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://")
_DEFAULT_PARAMS = "params.yaml"
_LEFT_OUT = {
    "plots": "what is drawn from outputs is for dvc alone",
    "metrics": "what is compared between commits is for dvc alone",
    "params": "what is compared between commits is for dvc alone",
    "artifacts": "names of outputs for other tools are for dvc alone",
    "datasets": "fetch it in a target of its own",
}
_STAGE_KEYS = frozenset(
    """
    cmd wdir deps outs outs_persist metrics plots params vars frozen always_changed desc meta
    foreach do matrix
    """.split()  # noqa: SIM905
)
_OUT_KEYS = {
    "push": "left out: jobmake pushes nothing",
    "remote": "left out: jobmake pushes nothing",
    "type": "left out",
    "labels": "left out",
    "meta": "left out",
    "desc": "left out",
}


class File(Mutable):
    """A dep or an out: its path with placeholders, what it can be, its options."""

    template: str
    concrete: tuple[str, ...]
    line: int
    text: str
    options: dict[str, Any] = field(default_factory=dict)


class Stage(Mutable):
    """One stage, or one variant of it, before it is known which paths are folders."""

    name: str
    keys: dict[str, Any]
    line: int
    wdir: str
    inputs: list[File]
    outputs: list[File]


def read(source: Source) -> Draft:
    """Return what a dvc.yaml says as a Jobfile. Raises JobfileError."""
    return _Import(source).draft


class _Import:
    """One dvc.yaml on its way into a draft."""

    def __init__(self, source: Source) -> None:
        self.source, self.draft = source, Draft(source)
        self.text = source.read()
        self.lines = self.text.split("\n")
        whole = load_yaml(source, self.text)
        if not isinstance(whole, dict) or not isinstance(whole.get("stages"), dict):
            raise source.wrong("it has no table `stages`", hint="is it a dvc.yaml?")
        self.known: dict[str, dict[str, Any]] = {}  # what is in files of params
        self.files: list[str] = []  # those of them that jobmake reads itself
        self.params: dict[str, Any] = {}
        self._read_vars(whole)
        for key in whole:
            if key in _LEFT_OUT:
                self._note(line_of(whole, key), f"left out: {_LEFT_OUT[key]}")
            elif key not in ("stages", "vars", "schema"):
                self._note(line_of(whole, key), "left out: the key is not known")
        self.stages: list[Stage] = []
        for name, body in whole["stages"].items():
            self._read_stage(str(name), body, line_of(whole["stages"], name))
        folders = self._folders()
        for stage in self.stages:
            self._add(stage, folders)
        if self.files:
            self.draft.project["params_files"] = self.files

    # -- params ----------------------------------------------------------------------

    def _read_vars(self, whole: Any) -> None:
        default = self.source.rebased(_DEFAULT_PARAMS)
        if os.path.isfile(self.source.where(default)):
            self._use_params_file(default, 0)
        listed = whole.get("vars") or []
        if not isinstance(listed, list):
            raise self._wrong("`vars` must be a list", line_of(whole, "vars"))
        for at, one in enumerate(listed):
            line = line_of(listed, at)
            if isinstance(one, dict):
                values = without_strange(plain(one))
                self.draft.params = merged(self.draft.params, values)
                self.params = merged(self.params, values)
            else:
                path = self.source.rebased(str(one).partition(":")[0])
                if not self._use_params_file(path, line):
                    raise self._wrong(f"`{path}` cannot be read as params", line)

    def _use_params_file(self, path: str, line: int) -> bool:
        """Make the params of a file known; say whether that can be."""
        if path in self.known:
            return True
        found = params_of(self.source, path)
        if found is None:
            return False
        usable = without_strange(found)
        if _contradicts(self.params, usable):
            self._note(line, f"approximated: `{path}` and another file have params of one name,"
                       " so the whole file counts where it is used")  # fmt: skip
            return False
        self.params = merged(self.params, usable)
        self.known[path] = usable
        if usable == found:
            self.files.append(path)
        else:
            done = f"approximated: `{path}` holds what no params file of jobmake can (null, or keys"
            self._note(line, f"{done} that are no texts), so its other values are in `[params]`")
            self.draft.params = merged(self.draft.params, usable)
        return True

    # -- stages ----------------------------------------------------------------------

    def _read_stage(self, name: str, body: Any, line: int) -> None:
        if not isinstance(body, dict):
            raise self._wrong(f"stage `{name}` must be a table", line)
        scope = Scope(self.params)
        inner: Any = body
        variants: list[Variant] | None = [Variant()]
        try:
            if "foreach" in body:
                inner = body.get("do")
                if not isinstance(inner, dict):
                    raise self._wrong(f"stage `{name}` has `foreach` but no `do`", line)
                variants = dvc_loops.foreach(plain(body["foreach"]), plain(inner), scope)
            elif "matrix" in body:
                variants = dvc_loops.matrix(plain(body["matrix"]), plain(inner), scope)
            if variants is None:
                raise self._wrong(f"stage `{name}` goes through no list or table of values", line)
            for variant in variants:
                self._read_variant(name, inner, variant, line)
        except UnknownValue as error:
            raise self._wrong(
                f"stage `{name}` refers to `${{{error}}}`, which there is not",
                self._line_with(str(error), line),
            ) from None
        loop = next((key for key in ("foreach", "matrix") if key in body), "")
        if loop and dvc_values.uses(str(plain(body[loop]))):
            self._note(line_of(body, loop), "approximated: the values are written down; a change of"
                       " the param needs one here too")  # fmt: skip

    def _read_variant(self, name: str, body: Any, variant: Variant, line: int) -> None:
        own = {**self._own_vars(body), **variant.own}
        scope = Scope(self.params, own, variant.axes)
        if body.get("cmd") in (None, "", []):
            raise self._wrong(f"stage `{name}` has no `cmd`", line)
        wdir, _ = dvc_values.path(str(body.get("wdir") or "."), scope)
        keys: dict[str, Any] = {"run": self._commands(body, scope)}
        if variant.matrix:
            keys["matrix"] = variant.matrix
        if body.get("desc"):
            keys["doc"] = " ".join(
                str(
                    dvc_values.inserted(
                        str(body["desc"]), _Lenient(scope.params, scope.own, scope.axes)
                    )
                ).split()
            )
        cwd = self.source.rebased(wdir)
        if cwd != ".":
            keys["cwd"] = cwd
        if body.get("always_changed"):
            keys["always"] = True
        if body.get("frozen"):
            self._note(line_of(body, "frozen"), "left out: it runs when it is stale")
        for key in body:
            if key not in _STAGE_KEYS or key == "meta":
                self._note(line_of(body, key), "left out")
        inputs = list(self._files(body, "deps", wdir, scope))
        outputs = [
            file
            for key in ("outs", "outs_persist", "metrics", "plots")
            for file in self._files(body, key, wdir, scope)
        ]
        inputs += self._params(body, wdir, keys)
        self.stages.append(
            Stage(self._free_name(name + variant.ending), keys, line, wdir, inputs, outputs)
        )

    def _own_vars(self, body: Any) -> dict[str, Any]:
        own: dict[str, Any] = {}
        for at, one in enumerate(body.get("vars") or []):
            if isinstance(one, dict):
                own.update(plain(one))
                continue
            path = self.source.rebased(str(one).partition(":")[0], str(body.get("wdir") or "."))
            own.update(params_of(self.source, path) or {})
            self._note(line_of(body["vars"], at), "approximated: its values are written down")
        return own

    def _commands(self, body: Any, scope: Scope) -> str | list[str]:
        given = body["cmd"]
        line = line_of(body, "cmd")

        def raw(name: str) -> None:
            self._note(line, f"kept verbatim: `{{{name}!raw}}` is read by the shell, as dvc has it")

        texts = given if isinstance(given, list) else [given]
        found = [
            as_run(dvc_values.command(str(text), scope, raw), is_template=True) for text in texts
        ]
        return found[0] if len(found) == 1 else found

    # -- files -----------------------------------------------------------------------

    def _files(self, body: Any, key: str, wdir: str, scope: Scope) -> Iterator[File]:
        listed = body.get(key) or []
        if not isinstance(listed, list):
            listed = [listed]
        for at, entry in enumerate(listed):
            line = line_of(listed, at) or line_of(body, key)
            pairs = entry.items() if isinstance(entry, dict) else [(entry, None)]
            for path, given in pairs:
                options = dict(plain(given) or {})
                if not isinstance(path, str) or _REMOTE.match(path):
                    self._note(line, "left out: only files can be read and made")
                    continue
                template, concrete = dvc_values.path(path, scope)
                if key == "outs_persist":
                    options["persist"] = True
                for option in options:
                    if option in _OUT_KEYS or (
                        key != "plots" and option not in ("cache", "persist")
                    ):
                        self._note(line, f"`{option}` " + _OUT_KEYS.get(option, "left out"))
                if set(options) - {"cache", "persist", *_OUT_KEYS} and key == "plots":
                    self._note(line, "left out: how a plot is drawn is for dvc alone")
                yield File(
                    self.source.rebased(template, wdir),
                    tuple(self.source.rebased(one, wdir) for one in concrete),
                    line, path, options,
                )  # fmt: skip

    def _params(self, body: Any, wdir: str, keys: dict[str, Any]) -> list[File]:
        """Put the params that a stage reads by itself into ``keys``; return files instead."""
        names: dict[str, None] = {}
        files: list[File] = []
        for at, entry in enumerate(body.get("params") or []):
            line = line_of(body["params"], at)
            tables = entry.items() if isinstance(entry, dict) else [(_DEFAULT_PARAMS, [entry])]
            for file, wanted in tables:
                path = self.source.rebased(str(file), wdir)
                known = wanted and self._use_params_file(path, line)
                found = [find(self.known.get(path, {}), str(one)) for one in wanted or []]
                if known and all(found):
                    names.update(dict.fromkeys(one[0] for one in found if one))
                    continue
                if wanted:
                    done = f"approximated: `{path}` counts as a whole, for not all of these can be"
                    self._note(line, f"{done} read from it as params")
                files.append(File(path, (path,), line, str(file)))
        if names:
            keys["params"] = list(names)
        return files

    def _folders(self) -> set[str]:
        """Return which paths are folders: on the disk, or because something lies in them."""
        every = [
            path
            for stage in self.stages
            for file in (*stage.inputs, *stage.outputs)
            for path in file.concrete
        ]
        known = set(every)
        found = {path for path in known if os.path.isdir(self.source.where(path))}
        for path in known:
            above = os.path.dirname(path)
            while above and above != "/":
                if above in known:
                    found.add(above)
                above = os.path.dirname(above)
        return found

    def _add(self, stage: Stage, folders: set[str]) -> None:
        def text(file: File) -> str:
            is_folder = bool(set(file.concrete) & folders) or file.text.endswith("/")
            exists = any(os.path.isfile(self.source.where(one)) for one in file.concrete)
            if not is_folder and not exists and not os.path.splitext(file.concrete[0])[1]:
                self._note(file.line, "kept as a file: write a slash behind it if it is a folder")
            return file.template + "/" if is_folder else file.template

        outputs: list[Any] = []
        for file in stage.outputs:
            if any(is_outside(path) for path in file.concrete):
                self._note(file.line, "left out: outputs lie below the Jobfile's folder")
                continue
            options: dict[str, Any] = {"keep": True} if file.options.get("persist") else {}
            if file.options.get("cache") is False:
                options["cache"] = False
            outputs.append({"path": text(file), **options} if options else text(file))
        keys = {**stage.keys, "inputs": [text(file) for file in stage.inputs], "outputs": outputs}
        self.draft.add(stage.name, keys)

    # -- small things ----------------------------------------------------------------

    def _free_name(self, wanted: str) -> str:
        name = self.draft.free_name(wanted)
        self.draft.targets[name] = {}
        return name

    def _note(self, line: int, done: str) -> None:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        self.draft.note(line, text, done)

    def _line_with(self, name: str, start: int) -> int:
        for number in range(start, len(self.lines) + 1):
            if name in self.lines[number - 1]:
                return number
        return start

    def _wrong(self, message: str, line: int) -> Exception:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else None
        return self.source.wrong(message, line or None, text)


class _Lenient(Scope):
    """A scope for texts to people: what is not one value stays as it is written."""

    def look_up(self, text: str) -> dvc_values.Filled:
        """Return the value, or the text itself."""
        steps = dvc_values.steps_of(text)
        if steps in self.axes:
            return dvc_values.Filled("", ("${" + text + "}",))
        return super().look_up(text)


def _contradicts(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two tables have different values of one name."""
    todo: list[tuple[Any, Any]] = [(one, other)]
    same: Callable[[Any, Any], bool] = lambda a, b: type(a) is type(b) and a == b  # noqa: E731
    while todo:
        first, second = todo.pop()
        for key in first.keys() & second.keys():
            if isinstance(first[key], dict) and isinstance(second[key], dict):
                todo.append((first[key], second[key]))
            elif not same(first[key], second[key]):
                return True
    return False
