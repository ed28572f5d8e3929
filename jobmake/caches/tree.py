"""A folder as a cache keeps it: what is in it by digest, as one manifest.

Knows how a folder is digested (as `Files` does: links followed), which links it holds, and
how both are written down. Does not know where the bytes are.

Invariants: a manifest is taken for intact only if its checksum and the folder's digest
agree with it; no path of it leaves the folder. Links come last, so nothing is written
through one, and what they lead to is looked at anew, because it may be elsewhere.
"""

from __future__ import annotations

import os

from xxhash import xxh3_128_hexdigest

from jobmake.caches.objects import Unkept, digest_file
from jobmake.tools import pathnames
from jobmake.tools.digest import PREFIX, digest_bytes, digest_texts
from jobmake.tools.globbing import walk
from jobmake.tools.jsontext import encoder
from jobmake.tools.pathnames import is_outside, normal
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

_encode = encoder(compact=True)


class Tree(Value):
    """What is in a folder.

    ``entries`` is what the folder's digest is over: each path (an empty folder's with a
    slash) with a digest, the digest of a dangling link's text, or nothing; what is reached
    through links is among them. ``links`` are the links themselves, with their texts.
    """

    entries: tuple[tuple[str, str], ...]
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The folder's digest, as `Files` gives it."""
        return digest_texts(text for entry in self.entries for text in entry)

    @property
    def files(self) -> Iterator[tuple[str, str]]:
        """Path and digest of each file that is no link and not behind one."""
        for path, digest in self.entries:
            if digest.startswith(PREFIX) and not (self.links and self._is_linked(path)):
                yield path, digest

    @property
    def empty_folders(self) -> Iterator[str]:
        """The paths of the empty folders that are not behind a link."""
        for path, digest in self.entries:
            if not digest and not (self.links and self._is_linked(path)):
                yield path.rstrip("/")

    def _is_linked(self, path: str) -> bool:
        steps = path.rstrip("/").split("/")
        return any("/".join(steps[:end]) in self.links for end in range(1, len(steps) + 1))


def look(folder: str, digest: Callable[[str], str]) -> Tree:
    """Return the Tree of a folder; ``digest`` is asked for that of each file that is no link,
    by its path in the folder. Raises Unkept."""
    try:
        files, empty, links = _scan(folder)
        known = {path: digest(path) for path in files}
        if links:
            return Tree(tuple(_with_linked(folder, known)), links)
    except OSError as error:
        raise Unkept(f"cannot read `{error.filename or folder}`: {error.strerror}") from None
    return Tree(tuple(sorted([*known.items(), *((path, "") for path in empty)])))


def encode(tree: Tree) -> bytes:
    """Return a Tree as a manifest holds it."""
    data = {"entries": tree.entries, "links": dict(tree.links)}
    payload = _encode(data).encode()
    return xxh3_128_hexdigest(payload).encode() + b"\n" + payload


def decode(data: bytes, digest: str) -> Tree | None:
    """Return the Tree of a manifest, or None if it is not an intact one of that digest."""
    checksum, _, payload = data.partition(b"\n")
    if checksum != xxh3_128_hexdigest(payload).encode():
        return None
    import json

    try:
        tree = _tree(json.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    paths = [*(path for path, _ in tree.entries), *tree.links]
    if not all(map(is_safe, paths)) or tree.digest != digest:
        return None
    plain = all(text.startswith(PREFIX) or path.endswith("/") for path, text in tree.entries)
    return tree if plain or tree.links else None


def is_safe(path: str) -> bool:
    """Say whether a path, a folder's perhaps with a slash at its end, stays below where it
    begins."""
    return pathnames.is_below(path[:-1] if path.endswith("/") else path)


def digest_of(full: str) -> str:
    """Return the digest of a file or folder, links followed, read anew. Raises Unkept."""
    if os.path.isdir(full):
        return look(full, lambda path: digest_file(f"{full}/{path}")).digest
    return digest_file(full)


def check_links(tree: Tree, folder: str, root: str) -> None:
    """Refuse a folder with a link that names the folder it is in. Raises Unkept."""
    for path, text in tree.links.items():
        full = f"{folder}/{path}"
        check_link(full, root)
        if is_outside(normal(os.path.join(os.path.dirname(path), text))) and is_below(full, folder):
            raise Unkept(f"`{full}` is a link that leads out of its folder and back")


def check_link(full: str, root: str) -> None:
    """Refuse a link that leads into the project by the project's absolute path: restored in
    another place, it would still lead here. Raises Unkept."""
    if os.readlink(full).startswith("/") and is_below(full, root):
        raise Unkept(f"`{full}` is an absolute link into the project's folder")


def is_below(path: str, folder: str) -> bool:
    """Say whether a path leads to a folder or into it, all links followed."""
    path, real = os.path.realpath(path), os.path.realpath(folder)
    return path == real or path.startswith(real.rstrip("/") + "/")


def _tree(data: Any) -> Tree:
    entries = tuple((_text(path), _text(digest)) for path, digest in data["entries"])
    return Tree(entries, {_text(path): _text(text) for path, text in data["links"].items()})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _scan(folder: str) -> tuple[list[str], list[str], dict[str, str]]:
    """Return files, empty folders (with a slash) and links, without following any."""
    files: list[str] = []
    empty: list[str] = []
    links: dict[str, str] = {}
    todo = [""]
    while todo:
        below = todo.pop()
        is_empty = bool(below)
        with os.scandir(f"{folder}/{below}") as entries:
            for entry in entries:
                is_empty = False
                if entry.is_symlink():
                    links[below + entry.name] = os.readlink(entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    todo.append(f"{below}{entry.name}/")
                else:
                    files.append(below + entry.name)
        if is_empty:
            empty.append(below)
    return files, empty, links


def _with_linked(folder: str, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the entries of a folder with links: those behind them too."""
    real = os.path.realpath(folder)
    root, name = os.path.split(real)
    for member, link in walk(root, name):
        path = member[len(name) + 1 :]
        if link is not None:
            yield path, "link " + digest_bytes(os.fsencode(link))
        elif path.endswith("/"):
            yield path, ""
        elif path in known:
            yield path, known[path]
        else:
            inside = os.path.realpath(f"{real}/{path}")
            again = known.get(inside[len(real) + 1 :]) if is_below(inside, real) else None
            yield path, again or digest_file(inside)
