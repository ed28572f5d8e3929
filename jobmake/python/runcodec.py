"""How runs and their files are kept as values, and what counts of them in a fingerprint.

What is kept says where to find the run. What counts is what a reader gets: names and contents,
also of the runs before it in its chain; not the run's number, its times or params, nor where
the project lies. So if another run makes the same, nothing that
was given it is stale, and whoever was given one file does not mind the others.

Knows `Run`. Invariant: contents are told as they are now, not as they once were.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jobmake.python.run import Facts, Run, RunFile, digest_of, roled
from jobmake.tools.digest import digest_texts
from jobmake.values.codec import value_text
from jobmake.values.codecs import add_own_codec
from jobmake.values.trouble import Unkept

if TYPE_CHECKING:
    from collections.abc import Sequence

_GONE = "gone"  # in place of a digest


class RunCodec:
    """Keeps runs."""

    name = "run"
    types: Sequence[str] = ("jobmake.python.run:Run",)

    def encode(self, value: Run) -> tuple[Any, Sequence[Any]]:
        """Return where a run is to be found."""
        facts = value.facts
        told: dict[str, Any] = {
            "target": facts.target,
            "id": facts.id,
            "root": facts.root,
            "fingerprint": facts.fingerprint,
        }
        if facts.result is not None:
            told["result"] = os.path.relpath(facts.result, facts.root)
        if facts.digests is not None:
            told["digests"] = dict(facts.digests)
        if facts.outputs:
            told["outputs"] = [[role, one, list(paths)] for role, one, paths in facts.outputs]
            told["made"] = dict(facts.made)
        return told, ()

    def told(self, value: Run) -> Any:
        """Return target, contents, and one digest of the runs before it in a chain."""
        before = ""
        for one in value.chain()[:-1]:
            before = digest_texts([before, value_text(_made(one))])
        return [*_made(value), before]

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Run:
        """Return the run."""
        root, result = str(plain["root"]), plain.get("result")
        facts = Facts(
            root=root,
            target=str(plain["target"]),
            id=str(plain["id"]),
            result=None if result is None else os.path.join(root, result),
            digests=plain.get("digests"),
            outputs=roled(plain.get("outputs", ())),
            made=plain.get("made", {}),
            fingerprint=str(plain.get("fingerprint", "")),
        )
        return Run(facts)


class RunFileCodec:
    """Keeps files of runs."""

    name = "runfile"
    types: Sequence[str] = ("jobmake.python.run:RunFile",)

    def encode(self, value: RunFile) -> tuple[Any, Sequence[Any]]:
        """Return the run, and the name in it."""
        return [value.run, value.name], ()

    def told(self, value: RunFile) -> Any:
        """Return target, name and content."""
        try:
            return [value.run.method, value.name, _digest(value.filename())]
        except FileNotFoundError as error:
            raise Unkept(str(error)) from None

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> RunFile:
        """Return the file."""
        run, name = plain
        return RunFile(run, str(name))


def _made(run: Run) -> list[Any]:
    """Return what a run made, by names and contents; one that made nothing has only its
    fingerprint to show for itself."""
    facts = run.facts
    files = {name: _digest(run.filename(name)) for name in sorted(run.files())}
    path = run._value_path()
    value = "" if path is None else _digest(path)
    paths = sorted(path for _, _, paths in facts.outputs for path in paths)
    outputs = {one: _digest(os.path.join(facts.root, one)) for one in paths}
    shown = "" if value or files or outputs else facts.fingerprint
    return [facts.target, value, files, outputs, shown]


def _digest(path: str) -> str:
    """Return the digest of a file as it is; of a folder that of all files in it."""
    try:
        if not os.path.isdir(path):
            return digest_of(path)
        return digest_texts(
            text
            for folder, folders, names in os.walk(path)
            for _ in [folders.sort()]
            for name in sorted(names)
            for text in (os.path.relpath(os.path.join(folder, name), path),
                         digest_of(os.path.join(folder, name)))
        )  # fmt: skip
    except FileNotFoundError:
        return _GONE


def install() -> None:
    """Let this process keep runs, and read them."""
    add_own_codec(RunCodec())
    add_own_codec(RunFileCodec())
