"""Commands, files and paths as a POSIX shell takes them, for a line to paste.

Knows the shell's grammar and nothing of targets: `reproduce` says what is to be written.

Invariant: every text is quoted, and what one part of a line returns is the part's own: parts
can be joined with `&&`.
"""

from __future__ import annotations

import os
import re

from jobmake.tools.shellwords import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from jobmake.model.run import Work
    from jobmake.model.target import FilePattern

# moves what `find` found to the same place below $0
_MOVE = 'for f; do mkdir -p "$0/${f%/*}" && rm -rf "$0/$f" && mv "$f" "$0/$f" || exit; done'


def command(words: tuple[str, ...], variables: str, work: Work) -> str:
    """Return one command of a run; it fails where it would end the run."""
    if variables and "=" in words[0]:  # `env` would take the program for a variable
        words = ("/bin/sh", "-c", 'exec "$0" "$@"', *words)
    text = " ".join(map(quoted, words))
    if variables:
        text = f"env {variables} {text}"
    if not work.interactive:
        text += " </dev/null"
    return text if tuple(work.ok_codes) == (0,) else _judged(text, work.ok_codes)


def _judged(text: str, ok_codes: Iterable[int]) -> str:
    """Return a command that ends well with some exit codes, and with no other."""
    also = "|".join(str(code) for code in ok_codes if code)
    allowed = f"{also}) ;; " if also else ""
    others = f"case $? in {allowed}*) (exit $?) ;; esac"
    if 0 in ok_codes:
        return f"{{ {text} || {others}; }}"
    return f"if {text}; then false; else {others}; fi"


def moved_in(paths: Iterable[str], folders: Container[str], to: str) -> Iterator[str]:
    """Yield what makes the folder ``to`` anew and copies ``paths`` there, ``folders`` whole."""
    yield f"rm -rf {path_of(to)} && mkdir -p {path_of(to)}"
    for path in paths:
        there = os.path.join(to, path)
        if path in folders:
            yield f"mkdir -p {path_of(there)} && cp -RpP {path_of(path + '/.')} {path_of(there)}"
        else:
            yield (
                f"mkdir -p {path_of(os.path.dirname(there))} && cp -p {path_of(path)}"
                f" {path_of(there)}"
            )


def moved_out(outputs: Iterable[FilePattern], folder: str) -> Iterator[str]:
    """Yield what moves outputs from below ``folder`` to the working folder; then it goes."""
    for output in outputs:
        if output.kind == "glob":
            pattern = "./" + output.path.replace("**/", "*").replace("**", "*")
            yield (
                f"( root=$PWD && cd {path_of(folder)} && find . ! -type d -path {quoted(pattern)}"
                f' -exec sh -c {quote(_MOVE)} "$root" {{}} + )'
            )
            continue
        path, above = path_of(output.path), os.path.dirname(output.path)
        lead = f"mkdir -p {path_of(above)} && " if above else ""
        yield f"{lead}rm -rf {path} && mv {path_of(os.path.join(folder, output.path))} {path}"
    yield f"rm -rf {path_of(folder)}"


def path_of(path: str) -> str:
    """Return a relative path that no program takes for an option, quoted."""
    return quoted("./" + path if path.startswith("-") else path)


def quoted(word: str) -> str:
    """Quote a word for any POSIX shell, also one that holds bytes that are no UTF-8."""
    if word.isascii():
        return quote(word)
    pieces = re.split(r"([\ud800-\udfff]+)", word)
    return "".join(
        f"\"$(printf '{_octal(piece)}')\"" if at % 2 else quote(piece) if piece else ""
        for at, piece in enumerate(pieces)
    )


def _octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogateescape"))
