"""Versions of installed packages, by the names they are imported with.

Knows `.dist-info` folders and editable installs. Imports nothing and reads only the
lists of the packages that are asked for, so that it costs no more than a few stats.

Invariant: an answer that was kept is used only while the folders look as they did then.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from jobmake.tools.digest import digest_bytes, digest_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobmake.code.known import Known

OWN = "jobmake"  # counts by its version, however it was installed
_KEY = "installed"
_ENDINGS = (".py", ".so")


class _Owner(NamedTuple):
    """One installed distribution."""

    name: str
    version: str
    info: str  # its .dist-info folder


def site_folders() -> tuple[str, ...]:
    """Return the folders from which this Python imports what is not its own library."""
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    library |= {os.path.join(folder, "lib-dynload") for folder in library if folder}
    # the first one is the script's folder or the working directory, unless Python is told not to
    folders = sys.path if sys.flags.safe_path else sys.path[1:]
    kept = (each for each in folders if each not in library and os.path.isdir(each))
    return tuple(dict.fromkeys(os.path.abspath(each) for each in kept))


class Installed:
    """The packages in some folders."""

    def __init__(self, folders: Sequence[str], known: Known) -> None:
        self._folders, self._known = tuple(folders), known
        self._stamp = tuple((folder, _stamp(folder)) for folder in self._folders)
        kept = known.get(_KEY)
        fits = kept is not None and kept[0] == self._stamp
        self._answers: dict[str, tuple[str, str]] = dict(kept[1]) if kept and fits else {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._owners: list[_Owner] | None = None
        self.reads_files = False  # whether a version followed from files of its package
        self._versions: dict[str, str] = {}

    def version(self, top: str) -> str:
        """Return what the fingerprint holds of a package; empty where it is not installed.

        That is its version, with the name of the distribution where that is another; of code
        that is not installed by copying (editable, on PYTHONPATH) also a digest of its files.
        """
        if top not in self._versions:
            if top not in self._answers:
                self._answers[top] = self._look(top)
                self._known.put(_KEY, (self._stamp, tuple(self._answers.items())))
            text, place = self._answers[top]
            if place:
                self.reads_files = True
                text = " ".join(filter(None, (text, _files_digest(place))))
            self._versions[top] = text
        return self._versions[top]

    def _look(self, top: str) -> tuple[str, str]:
        """Return the version, and the place of the files where these count themselves."""
        owners = self._owners_of(top)
        text = " ".join(_text(owner, top) for owner in owners)
        if top == OWN:
            return text or "source", ""
        place = self._place(top)
        sites = {os.path.dirname(owner.info) for owner in owners}
        if owners and place and os.path.dirname(place) in sites:
            return text, ""
        if not place:
            place = next((found for each in owners if (found := _editable(each, top))), "")
        return text, place

    def _place(self, top: str) -> str:
        for folder in self._folders:
            names = self._listed(folder)
            if top in names and os.path.isdir(os.path.join(folder, top)):
                return os.path.join(folder, top)
            for name in names:
                if name.startswith(top + ".") and name.endswith(_ENDINGS):
                    return os.path.join(folder, name)
        return ""

    def _owners_of(self, top: str) -> list[_Owner]:
        """Return the distributions that hold a package: the one of its name, else all that do."""
        everyone = self._all_owners()
        namesakes = [each for each in everyone if _normal(each.name) == _normal(top)]
        place = self._place(top)
        shared = bool(place) and os.path.isdir(place)
        shared = shared and not os.path.exists(os.path.join(place, "__init__.py"))
        if namesakes and not shared and (top == OWN or _holds(namesakes[0], top)):
            return namesakes[:1]
        return [each for each in everyone if _holds(each, top)]

    def _all_owners(self) -> list[_Owner]:
        if self._owners is None:
            self._owners = [
                _Owner(match[1], match[2], os.path.join(folder, name))
                for folder in self._folders
                for name in self._listed(folder)
                if (match := re.fullmatch(r"(.+)-([^-]+)\.dist-info", name))
            ]
        return self._owners

    def _listed(self, folder: str) -> tuple[str, ...]:
        if folder not in self._names:
            try:
                self._names[folder] = tuple(sorted(os.listdir(folder)))
            except OSError:
                self._names[folder] = ()
        return self._names[folder]


def _holds(owner: _Owner, top: str) -> bool:
    """Say whether a distribution brings a package of this import name."""
    listed = _bytes(os.path.join(owner.info, "top_level.txt"))
    if listed is not None:
        return top.encode() in listed.split()
    record = b"\n" + (_bytes(os.path.join(owner.info, "RECORD")) or b"")
    return f"\n{top}/".encode() in record or f"\n{top}.".encode() in record


def _editable(owner: _Owner, top: str) -> str:
    """Return where the code of an editable install is."""
    try:
        told: Any = json.loads(_bytes(os.path.join(owner.info, "direct_url.json")) or b"{}")
        folder = unquote(urlsplit(told["url"]).path)
    except (ValueError, KeyError, TypeError):
        return ""
    for inside in (top, f"src/{top}", f"{top}.py", f"src/{top}.py"):
        if os.path.exists(os.path.join(folder, inside)):
            return os.path.join(folder, inside)
    return folder


def _files_digest(place: str) -> str:
    if os.path.isfile(place):
        return digest_bytes(_bytes(place) or b"")
    return digest_texts(
        text
        for path in _code_files(place)
        for text in (os.path.relpath(path, place), digest_bytes(_bytes(path) or b""))
    )


def _code_files(place: str) -> Iterator[str]:
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(_ENDINGS))


def _text(owner: _Owner, top: str) -> str:
    same = _normal(owner.name) == _normal(top)
    return owner.version if same else f"{owner.name}=={owner.version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _bytes(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _stamp(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0
