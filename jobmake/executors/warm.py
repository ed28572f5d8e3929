"""Warm reapers: one for each Python program, with its project, and each environment in which it
is started.

Knows when one is worth its start, how many there may be, and which are not to be used again.
Does not know what they do (`tools/forked.py`), nor packets (`link`).

Invariant: a run's variables are those of its warm reaper, but for jobmake's own, which no
Python looks at while it starts; so whatever reads them at start-up has read the right ones.
"""

from __future__ import annotations

from jobmake.executors.link import Link
from jobmake.model.errors import StateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.model.run import Work

MOST = 4  # each holds some 15 MB
_CHANGING = "JOBMAKE_"  # what begins so differs from run to run


class WarmLinks:
    """Finds the link to the warm reaper for a run.

    With ``fork`` there is one, a copy of this process.
    """

    def __init__(self, fork: Callable[[list[str], bytes], object] | None = None) -> None:
        self._fork = fork
        self._links: dict[int, Link] = {}  # the one that was used last is last
        self._seen: set[int] = set()
        self._cold: set[int] = set()  # theirs could not be started, or ended by itself

    def links(self) -> list[Link]:
        """Return all links."""
        return list(self._links.values())

    def find(self, work: Work) -> Link | None:
        """Return the link for a run, None if the run is to start cold.

        The first of its kind does: where nothing follows, that is quicker.
        """
        environ = {key: text for key, text in work.env.items() if not key.startswith(_CHANGING)}
        kind = 0 if self._fork else hash((work.warm, frozenset(environ.items())))
        link = self._links.pop(kind, None)
        if link is None:
            link = self._open(kind, Link(program=work.warm, environ=environ, fork=self._fork))
        elif link.is_lost:
            self._cold.add(kind)
            link = None
        if link is not None:
            self._links[kind] = link
        return link

    def _open(self, kind: int, link: Link) -> Link | None:
        is_known = kind in self._seen or self._fork is not None
        self._seen.add(kind)
        if not is_known or kind in self._cold or not self._has_room():
            return None
        try:
            link.open()
        except StateError:
            self._cold.add(kind)
            return None
        return link

    def _has_room(self) -> bool:
        """Say whether one more may be; one in which nothing runs makes room for it."""
        if len(self._links) < MOST:
            return True
        for kind, link in self._links.items():
            if link.is_idle:
                link.close()
                del self._links[kind]
                return True
        return False
