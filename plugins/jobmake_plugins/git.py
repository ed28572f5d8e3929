"""The check `git`: stale when what git has of a folder is not what it was.

    check = ["content", { type = "git", path = "vendor/lib" }]

Knows how git is asked for trees, commits and edits. Asks for the tree, not the commit: a commit
that touches only other folders makes nothing stale.

Invariant: git is only asked. It writes nothing, and takes neither a repository nor an index from
variables of a hook that jobmake may have been started from.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from typing import TYPE_CHECKING, Any, Literal

from jobmake import FactCheck, Fault, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobmake import FileView, Target

_TIMEOUT = 60.0  # seconds: it reads the disk only
_EVERYTHING = (
    "--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=none",
)  # fmt: skip
_OWN = ("Jobfile.lock", ".jobmake")  # a build writes them


class Git(FactCheck):
    """The tree, or the commit, of a folder, a file or a submodule."""

    name = "git"
    uncounted = ("dirty",)

    class With:
        path: str
        ref: str = "HEAD"
        of: Literal["tree", "commit"] = "tree"
        dirty: Literal["stale", "ignore", "fail"] = "stale"

    def validate(self, settings: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with settings; a ref is no option of git."""
        yield from super().validate(settings)
        if str(settings.get("ref", "HEAD")).startswith("-"):
            yield Fault(("ref",), "has a `ref` that begins with `-`", "it is a branch, tag, commit")

    def facts(self, target: Target, files: FileView) -> Mapping[str, str]:
        """Return the id, and a digest of the edits where there are any and they count."""
        given = self.given(target)
        repository = _Repository(given.path, files.root, files.environ)
        found = {"": repository.id_of(given.ref, given.of)}
        # what is edited now says nothing of another commit
        if given.ref == "HEAD" and given.dirty != "ignore":
            edits = repository.edits(files.outputs(target))
            if edits and given.dirty == "fail":
                raise TargetError(
                    f"`{given.path}` has edits that are not committed",
                    'commit them, or write `dirty = "stale"` for the check `git`',
                )
            if edits:
                found["edits"] = edits
        return found


class _Repository:
    """What git has of one path: asked in its folder, as ``name`` there."""

    def __init__(self, path: str, root: str, environ: Mapping[str, str]) -> None:
        self._path, self._root = path, root
        whole = os.path.normpath(os.path.join(root, path))
        if not os.path.lexists(whole):
            raise TargetError(f"`{path}`, of which the check `git` asks, does not exist")
        is_folder = os.path.isdir(whole)
        self._folder, self._name = (whole, "") if is_folder else os.path.split(whole)
        kept = {name: value for name, value in environ.items() if not _is_of_git(name)}
        self._environ = {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}

    def id_of(self, ref: str, of: str) -> str:
        """Return the id of the commit, or of what it has at the path."""
        what = f"{ref}^{{commit}}" if of == "commit" else f"{ref}:./{self._name}"
        done = self._run("rev-parse", "--verify", what)
        if done.returncode == 0:
            return done.stdout.decode("ascii", "replace").strip()
        said = _last_line(done.stderr)
        if "not a git repository" in said:
            hint = "`path` is a folder or file of a repository"
            raise TargetError(f"`{self._path}` is in no git repository", hint)
        if "Needed a single revision" in said or "does not exist" in said or "exists on" in said:
            raise TargetError(
                f"git has no `{self._path}` at `{ref}`",
                "is it committed, and the ref fetched? `git submodule update --init` fetches"
                " submodules",
            )
        raise TargetError(f"git tells nothing of `{self._path}`: {said}")

    def edits(self, own: Iterable[str] = ()) -> str | None:
        """Return a digest of what is not committed, untracked files too, but not of what git
        ignores or the target makes (``own``); None where there is nothing."""
        where = ["--", self._name or ".", *self._excluded([*own, *_OWN])]
        # unlike `git diff`, this does not write the index where times have changed
        said = self._asked("status", *_EVERYTHING, *where)
        paths = sorted(_paths(said))
        if not paths:
            return None
        top = os.path.join(self._folder, os.fsdecode(self._asked("rev-parse", "--show-cdup")))
        digest = hashlib.sha256()
        for path in paths:
            digest.update(
                path + b"\0" + self._content(os.path.join(top.strip(), os.fsdecode(path)))
            )
        return digest.hexdigest()[:40]

    def _content(self, path: str) -> bytes:
        """Return a digest of something as it is now, with its mode."""
        try:
            if os.path.islink(path):
                return b"link" + hashlib.sha256(os.fsencode(os.readlink(path))).digest()
            if os.path.isdir(path):  # a submodule, or a repository that git does not look into
                inner = _Repository(os.path.relpath(path, self._root), self._root, self._environ)
                told = f"{inner.id_of('HEAD', 'commit')} {inner.edits()}"
                return b"repo" + hashlib.sha256(told.encode()).digest()
            if not os.path.lexists(path):
                return b"gone"
            with open(path, "rb") as file:
                mode = b"exec" if os.fstat(file.fileno()).st_mode & 0o100 else b"file"
                return mode + hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise TargetError(f"cannot read `{path}`: {error.strerror}") from None

    def _excluded(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            seen = os.path.relpath(os.path.join(self._root, path), self._folder)
            if not seen.startswith(".."):
                yield f":(exclude,literal){seen}"

    def _asked(self, *words: str) -> bytes:
        done = self._run(*words)
        if done.returncode:
            said = _last_line(done.stderr)
            raise TargetError(f"git tells no edits of `{self._path}`: {said}")
        return done.stdout

    def _run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", "-c", "core.fsmonitor=false", *words],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except FileNotFoundError:
            raise TargetError("there is no `git`", "install it, or put it on the PATH") from None
        except subprocess.TimeoutExpired:
            message = f"git did not answer within {_TIMEOUT:.0f} s"
            raise TargetError(f"{message} when asked of `{self._path}`") from None


def _is_of_git(name: str) -> bool:
    """Say whether a variable would tell git where its repository is, or how to look at it."""
    return name.startswith("GIT_") and not name.startswith("GIT_CONFIG")


def _paths(status: bytes) -> Iterator[bytes]:
    """Yield the paths in what `git status` tells, relative to the top of the repository."""
    for entry in status.split(b"\0")[:-1]:
        words = {b"1": 8, b"u": 10}.get(entry[:1], 1)  # before the path
        yield entry.split(b" ", words)[words].rstrip(b"/")


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
    return lines[0].removeprefix("fatal: ")


def jobmake_checks() -> list[Git]:
    """Bring the check."""
    return [Git()]
