"""A Makefile as a Jobfile.

Knows what make means by its rules. What they are is asked of make itself (`make_db`).

A phony target runs in every build, and so does all that needs it: that is make's way. A
folder made for others is left out, for jobmake makes the folders of outputs.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from jobmake.importers import make_db, stems
from jobmake.importers.commands import as_run, in_root, with_files
from jobmake.importers.draft import Draft, path_text
from jobmake.importers.make_text import depfile_of, exported_names, note_text
from jobmake.jobfile.instances import instance_name
from jobmake.model.bindings import ROOTS
from jobmake.tools.globbing import matches
from jobmake.tools.pathnames import is_outside
from jobmake.tools.template import literal

if TYPE_CHECKING:
    from jobmake.importers.draft import Source
    from jobmake.importers.make_db import Rule

_MKDIR = re.compile(r"mkdir( -p| --parents)*( [\w./+-]+)+")
_REMOVES = re.compile(r"(rm|rmdir|\$\(RM\))\s.*|find .* -delete")


def read(source: Source) -> Draft:
    """Return what a Makefile says as a Jobfile. Raises JobfileError."""
    return _Import(source).draft


class _Import:
    """One Makefile on its way into a draft."""

    def __init__(self, source: Source) -> None:
        self.source, self.draft = source, Draft(source)
        text = source.read()
        exported = exported_names(text)
        self.known = make_db.read(source, exported)
        note_text(self.draft, text)
        self.is_one_shell = any(one.target == ".ONESHELL" for one in self.known.rules)
        self.rules = self._rules()
        self.folders = {name for name, rule in self.rules.items() if self._makes_folder(rule)}
        self.gone = {name for name, rule in self.rules.items() if self._only_removes(rule)}
        self.env = {name: literal(self.known.variables.get(name, ""), ROOTS) for name in exported}
        self.outputs = {name: self._outputs(rule) for name, rule in self.rules.items()}
        self.made = {path for made in self.outputs.values() for path in made}
        self.names: dict[str, str] = {}
        for name in self._kept():
            self.names[name] = self.draft.free_name(self._short(name))
            self.draft.targets[self.names[name]] = {}
        self.draft.targets.clear()
        for name in self._kept():
            self._add(self.rules[name])
        self._join_alike()
        self._settings()

    def _rules(self) -> dict[str, Rule]:
        found: dict[str, Rule] = {}
        for rule in sorted(self.known.rules, key=lambda one: (one.file, one.line)):
            if not rule.is_target or rule.target in self.known.makefiles:
                continue
            if rule.double_colon:
                self._note(rule, f"{rule.target}::", "left out: double-colon rules")
            elif not make_db.is_ordinary(rule):
                if not re.fullmatch(r"\.[A-Z_]+|\.\w+(\.\w+)?", rule.target):
                    self._note(rule, rule.target, "left out: a target of this name")
            else:
                found[rule.target] = rule
        return found

    def _kept(self) -> list[str]:
        made_by_others = {
            also for rule in self.rules.values() for also in rule.also_makes if also != rule.target
        }
        return [
            name
            for name, rule in self.rules.items()
            if name not in self.folders
            and name not in self.gone
            and (rule.commands or self._members(rule))
            and not (name in made_by_others and self._first_of(rule) != name)
        ]

    def _first_of(self, rule: Rule) -> str:
        return min((rule.target, *rule.also_makes))

    def _short(self, name: str) -> str:
        """Return a file's own name where no other target has it, else its path."""
        last = name.rstrip("/").rpartition("/")[2]
        same = [one for one in self.rules if one.rstrip("/").rpartition("/")[2] == last]
        return last if len(same) == 1 else name

    # -- what a rule is --------------------------------------------------------------

    def _makes_folder(self, rule: Rule) -> bool:
        commands = self._texts(rule)
        if not commands or not all(_MKDIR.fullmatch(one) for one in commands):
            return False
        return any(rule.target.rstrip("/") in one.replace("/ ", " ").rstrip("/").split()
                   for one in commands)  # fmt: skip

    def _only_removes(self, rule: Rule) -> bool:
        commands = self._texts(rule)
        if not rule.phony or not commands or not all(_REMOVES.fullmatch(one) for one in commands):
            return False
        done = "left out: `jobmake clean` removes what targets made"
        self._note(rule, f"{rule.target}: {' '.join(commands)}", done)
        return True

    def _outputs(self, rule: Rule) -> list[str]:
        """Return the files that a rule makes; none if it only has a name."""
        if rule.phony or not rule.commands:
            return []
        paths = sorted({rule.target, *rule.also_makes}) if rule.also_makes else [rule.target]
        uses_name = re.search(r"\$[@*]|\$[({][@*]", "\n".join(rule.recipe))
        told = "\n".join(rule.commands)
        named = uses_name or rule.stem or any(os.path.basename(one) in told for one in paths)
        if not named and not os.path.lexists(os.path.join(self.source.folder, rule.target)):
            done = "approximated: its commands do not name it, so it is taken for no file"
            self._note(rule, f"{rule.target}:", done)
            return []
        inside = [path for path in paths if not is_outside(self.source.rebased(path))]
        for path in paths:
            if path not in inside:
                self._note(rule, path, "left out: outputs lie below the Jobfile's folder")
        return inside

    def _members(self, rule: Rule) -> bool:
        return bool(rule.needs or rule.order_only)

    # -- one target ------------------------------------------------------------------

    def _add(self, rule: Rule) -> None:
        cwd = self.source.cwd
        inputs, needs, always = self._needed(rule)
        outputs = [self.source.rebased(path) for path in self.outputs[rule.target]]
        if not rule.commands:
            if os.path.lexists(os.path.join(self.source.folder, rule.target)) and not rule.phony:
                return  # a file with needs but nothing that makes it: they count where it does
            members = self._group(rule)
            self.draft.add(self.names[rule.target], members)
            return
        texts = self._texts(rule)
        depfile = depfile_of(texts, outputs[0] if outputs else "", self.source)
        run = [self._run(rule, one, inputs, outputs) for one in self._bare(rule)]
        keys: dict[str, Any] = {
            "run": (run[0] if len(run) == 1 else run) or "true",
            "inputs": [self._path(path) for path in self._without_dep(inputs, depfile, rule)],
            "outputs": [path_text(path) for path in outputs],
            "needs": needs,
            "after": self._after(rule, needs),
            "cwd": path_text(cwd) if cwd != "." else "",
            "depfile": path_text(depfile) if depfile else "",
            "env": self.env,
        }
        if always or not outputs:
            keys["always"] = True
        if re.search(r"\$[({]MAKE[)}]", "\n".join(rule.recipe)):
            done = "kept verbatim: what the inner make looks at is not known here"
            self._note(rule, "\n".join(rule.recipe), done)
            keys["always"] = True
        self.draft.add(self.names[rule.target], keys)

    def _texts(self, rule: Rule) -> list[str]:
        """Return the commands without make's prefixes, comments and empty lines."""
        return [text for text, _ in self._commands(rule)]

    def _commands(self, rule: Rule) -> list[tuple[str, bool]]:
        """Return each command with whether its failure does not count."""
        found = []
        for one in rule.commands:
            bare = one.lstrip("@+- \t")
            found.append((bare.strip(), "-" in one[: len(one) - len(bare)]))
        if self.is_one_shell and found:
            return [("\n".join(text for text, _ in found), found[0][1])]
        return [(one, no) for one, no in found if one and not one.startswith("#") and one != ":"]

    def _bare(self, rule: Rule) -> list[tuple[str, bool]]:
        """Leave out what only makes the folders that jobmake makes by itself."""
        above = {os.path.dirname(path) for path in self.outputs[rule.target]}
        kept = []
        for text, ignored in self._commands(rule):
            words = [one.rstrip("/") for one in text.split()[1:] if not one.startswith("-")]
            if not (_MKDIR.fullmatch(text) and set(words) <= above):
                kept.append((text, ignored))
        return kept

    def _run(
        self, rule: Rule, command: tuple[str, bool], inputs: list[str], outputs: list[str]
    ) -> str:
        text, ignored = command
        run = in_root(as_run(text, ignore=ignored, stops=self._stops()), self.source.root)
        return with_files(run, inputs, outputs, self.source.cwd)

    def _stops(self) -> bool:
        """Say whether the Makefile's own shell stops at the first failure."""
        return "e" in re.sub(r"--?[a-z]{2,}\b", "", self.known.variables.get(".SHELLFLAGS", ""))

    def _needed(self, rule: Rule) -> tuple[list[str], list[str], bool]:
        """Return the files behind a rule's needs, the targets that make none, and whether
        one of them makes the rule run always."""
        files: dict[str, None] = {}
        names: dict[str, None] = {}
        always = False
        todo, seen = list(reversed(rule.needs)), {rule.target}
        while todo:
            name = todo.pop()
            if name in seen or name in self.folders:
                continue
            seen.add(name)
            need = self.rules.get(name)
            if need is None or self.outputs[name] or name in self.made:
                files[self.source.rebased(name)] = None
            else:
                exists = os.path.lexists(os.path.join(self.source.folder, name))
                if exists and not need.phony and not need.commands:
                    files[self.source.rebased(name)] = None
                else:
                    always = True
                if need.commands and name in self.names:
                    names[self.names[name]] = None
                else:
                    todo.extend(reversed(need.needs))
        return list(files), list(names), always

    def _group(self, rule: Rule) -> dict[str, Any]:
        needs = [self.names[name] for name in rule.needs if name in self.names]
        inputs = [self.source.rebased(name) for name in rule.needs if name not in self.rules]
        return {
            "needs": needs,
            "inputs": [self._path(path) for path in inputs],
            "after": [self.names[name] for name in rule.order_only if name in self.names],
        }

    def _after(self, rule: Rule, needs: list[str]) -> list[str]:
        found = dict.fromkeys(self.names[one] for one in rule.order_only if one in self.names)
        return [name for name in found if name not in needs]

    def _without_dep(self, inputs: list[str], depfile: str, rule: Rule) -> list[str]:
        """Leave out what make knows from a depfile of an earlier build only."""
        where = self.source.where(depfile)
        if not depfile or not os.path.isfile(where):
            return inputs
        with open(where, encoding="utf-8", errors="surrogateescape") as file:
            told = set(file.read().replace("\\\n", " ").split())
        return [one for at, one in enumerate(inputs) if at == 0 or one not in told]

    def _path(self, path: str) -> str:
        return path_text(path, not self._is_made(path) and os.path.isdir(self.source.where(path)))

    # -- the whole -------------------------------------------------------------------

    def _join_alike(self) -> None:
        """Write targets of one rule that differ in the stem only as one."""
        alike: dict[tuple[str, int], list[Rule]] = {}
        for name in self.names:
            rule = self.rules[name]
            if rule.stem and rule.commands:
                alike.setdefault((rule.file, rule.line), []).append(rule)
        for rules in alike.values():
            names = [self.names[rule.target] for rule in rules]
            found = [rule.stem or "" for rule in rules]
            tables = [self.draft.targets[name] for name in names]
            shared = stems.common(found, tables) if len(rules) > 1 else None
            if shared is not None and shared.get("outputs"):
                self._put_one(rules, stems.as_one(
                    found, shared, self.source.root,
                    lambda glob: matches(self.source.root, glob), self._is_made,
                ))  # fmt: skip

    def _put_one(self, rules: list[Rule], one: dict[str, Any]) -> None:
        names = {self.names[rule.target] for rule in rules}
        kept = {name: keys for name, keys in self.draft.targets.items() if name not in names}
        family = _family(one["outputs"][0])
        while family in kept:
            family += "-all"
        at = next(at for at, name in enumerate(self.draft.targets) if name in names)
        items = list(kept.items())
        self.draft.targets = dict([*items[:at], (family, one), *items[at:]])
        for rule in rules:
            axes = {"stem": rule.stem}
            if "each" in one:
                axes = {"src": one["each"]["src"].replace("*", rule.stem or "")}
            old, new = self.names[rule.target], instance_name(family, axes)
            self.names[rule.target] = new
            for keys in self.draft.targets.values():
                for key in ("needs", "after"):
                    if old in keys.get(key, ()):
                        keys[key] = [new if name == old else name for name in keys[key]]
        for keys in self.draft.targets.values():
            for key in ("needs", "after"):
                every = {instance for instance in self.names.values()
                         if instance.startswith(family + "[")}  # fmt: skip
                if len(rules) > 1 and every <= set(keys.get(key, ())):
                    rest = [name for name in keys[key] if name not in every]
                    keys[key] = [family, *rest]

    def _is_made(self, path: str) -> bool:
        return self.source.local(path) in self.made

    def _settings(self) -> None:
        goal = self.known.variables.get(".DEFAULT_GOAL", "")
        if goal in self.names:
            self.draft.project["default"] = [self.names[goal]]
        shell = self.known.variables.get("SHELL", "/bin/sh")
        flags = self.known.variables.get(".SHELLFLAGS", "-c").split()
        options = [one for one in flags if one != "-c"]
        options = [
            re.sub(r"c$", "", one) if re.fullmatch(r"-[a-z]+c", one) else one for one in options
        ]
        if shell not in ("/bin/sh", "sh") or options:
            # a lone program would get `-e`, which make does not give
            self.draft.project["shell"] = " ".join([shell, *(options or ["+e"])])

    def _note(self, rule: Rule, text: str, done: str) -> None:
        self.draft.note(rule.line, text, done, self._shown(rule.file))

    def _shown(self, file: str) -> str:
        return "" if file in ("", os.path.basename(self.source.path)) else file


def _family(output: str) -> str:
    ending = os.path.splitext(output)[1].lstrip(".")
    return {"o": "compile", "lo": "compile"}.get(ending) or (ending or "each")
