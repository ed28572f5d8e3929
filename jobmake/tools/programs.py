"""What a line that names a program says: which of its words is it, and is it a shell?

Knows names of shells, `env` and `#!` lines. Does not know what is run, and looks at the
disk only to find a program.

Invariant: a program that is not known to read the language of the POSIX shell is taken for
one that does not.
"""

from __future__ import annotations

import os
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_POSIX = frozenset("sh ash bash dash ksh ksh93 lksh mksh pdksh rbash yash zsh".split())  # noqa: SIM905
# shells in which a plain command can be nothing but a program of that name
_SIMPLE = frozenset({"sh", "dash", "bash"})
_SIMPLE_OPTIONS = frozenset(
    "-e -u -eu -ue -o -eo -euo -ueo errexit nounset pipefail --norc --noprofile".split()  # noqa: SIM905
)
_OWN_WORDS = frozenset(
    """
    bind builtin caller compgen complete compopt coproc declare dirs disown enable help history
    logout mapfile popd pushd readarray shopt source suspend
    """.split()  # noqa: SIM905
)


def program_of(words: Sequence[str]) -> str:
    """Return the base name of the program that really runs: not `env`, not `busybox`."""
    names = [os.path.basename(word) for word in words]
    if names[:1] == ["env"]:
        names = [name for name in names[1:] if not name.startswith("-") and "=" not in name]
    if names[:1] == ["busybox"]:
        names = names[1:]
    return names[0] if names else ""


def speaks_posix(words: Sequence[str]) -> bool:
    """Say whether a program reads the language of the POSIX shell."""
    return program_of(words) in _POSIX


def is_needed(shell: Sequence[str], word: str, environment: Mapping[str, str]) -> bool:
    """Say whether a plain command that begins with ``word`` may mean something of its own to
    a shell, so that its program cannot be started in the shell's stead."""
    name = os.path.basename(shell[0])
    if name not in _SIMPLE or not _SIMPLE_OPTIONS.issuperset(shell[1:]):
        return True
    if name != "bash":
        return False
    return (
        word in _OWN_WORDS
        or bool(environment.get("BASH_ENV"))
        or f"BASH_FUNC_{word}%%" in environment
    )


def shebang(text: str) -> tuple[str, ...]:
    """Return the words of a script's own `#!` line, as the kernel splits it: the program, and
    one argument. Nothing where there is no such line, or nothing else."""
    line, end, _ = text.partition("\n")
    if not line.startswith("#!") or not end:
        return ()
    return tuple(line[2:].split(None, 1))


def words_of_shebang(text: str) -> tuple[str, ...]:
    """Return all words of a script's `#!` line, to see by them what it is."""
    return tuple(" ".join(shebang(text)).split())


@lru_cache(maxsize=256)
def find_program(name: str, search: str) -> str | None:
    """Return the path of a program that is on the PATH ``search``, None if it is not."""
    if "/" in name:
        return name
    for folder in search.split(os.pathsep):
        path = os.path.join(folder or ".", name)
        if os.path.isabs(path) and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None
