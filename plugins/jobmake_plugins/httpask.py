"""How an HTTP server is asked for a file, or for the rest of one.

Knows requests, answers and what can go wrong with them. Does not know what is kept of a file.

Invariant: headers that a person has given go to the host that was named, and to no other.
"""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from jobmake import TargetError

_CHUNK = 1 << 18
_AGAIN = (408, 425, 429)  # and all from 500 on
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class CutOff(Exception):
    """It did not come, or not all of it, and may if it is asked for again; ``wait`` is how long
    the server wants to be left alone. ``anew``: what is there of it is of no use."""

    def __init__(self, fact: str, wait: float = 0.0, *, anew: bool = False) -> None:
        super().__init__(fact)
        self.wait, self.anew = wait, anew


class Answer:
    """What a server sends: from ``begins_at`` on, of a file of ``total`` bytes, if it says so.
    ``tag`` is what it calls the file, ``strong`` if another one has never the same."""

    def __init__(self, response: Any, begins_at: int, total: int | None) -> None:
        self._response, self.begins_at, self.total = response, begins_at, total
        tag = response.headers.get("ETag", "")
        self.strong = bool(tag) and not tag.startswith("W/")
        self.tag: str = tag if self.strong else response.headers.get("Last-Modified", "")

    def __iter__(self) -> Iterator[bytes]:
        while data := _reading(self._response):
            yield data


class Asking:
    """One file of a server. Nothing is asked for compressed; proxies are those of the
    environment."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float) -> None:
        self._url, self._headers, self._timeout = url, headers, timeout
        self._opener = urllib.request.build_opener(_Redirects(headers))

    @contextmanager
    def ask(self, size: int, tag: str) -> Iterator[Answer]:
        """Ask for a file; with a ``tag`` only for what is behind ``size`` bytes, if it is still
        the same. Raises CutOff, TargetError."""
        request = urllib.request.Request(self._url, headers={"User-Agent": "jobmake"})
        request.headers.update({"Accept-Encoding": "identity"})
        for name, value in self._headers.items():
            request.add_header(name, value)
        if tag:
            request.add_header("Range", f"bytes={size}-")
            request.add_header("If-Range", tag)
        with closing(self._opened(request)) as response:
            yield self._answer(response, size if tag else 0, tag)

    def _opened(self, request: urllib.request.Request) -> Any:
        try:
            return self._opener.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error)
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                fact = f"its certificate is not trusted: {error.reason.verify_message}"
                raise TargetError(f"`{shown_url(self._url)}`: {fact}") from None
            raise CutOff(_fact(error.reason)) from None
        except (ValueError, http.client.InvalidURL):  # whose text may hold a header
            fact = "the URL, or a header, has a letter that HTTP does not know"
            raise TargetError(f"`{shown_url(self._url)}`: {fact}") from None
        except (OSError, http.client.HTTPException) as error:
            raise CutOff(_fact(error)) from None

    def _refused(self, error: urllib.error.HTTPError) -> None:
        fact = f"the server says {error.code} {error.reason}".rstrip()
        if error.code == 416:
            raise CutOff(fact, anew=True)
        if error.code in _AGAIN or error.code >= 500:
            wait = error.headers.get("Retry-After", "")
            raise CutOff(fact, float(wait) if wait.isdecimal() else 0.0)
        hint = None
        if error.code in (401, 403):
            hint = 'who may have it is told by `headers = { Authorization = "Bearer {env.TOKEN}" }`'
        raise TargetError(f"`{shown_url(self._url)}`: {fact}", hint)

    def _answer(self, response: Any, size: int, tag: str) -> Answer:
        if response.status == 206:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if found and size and int(found[1]) == size:
                return Answer(response, size, None if found[3] == "*" else int(found[3]))
            raise CutOff("the server sent another part than was asked for", anew=True)
        if response.status != 200:
            raise TargetError(f"`{shown_url(self._url)}`: the server says {response.status}")
        length = response.headers.get("Content-Length", "")
        return Answer(response, 0, int(length) if length.isdecimal() else None)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to another host, but without what a person has given for the first one."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._own = {name.capitalize() for name in headers}

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        """Return the request for where an answer leads."""
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise TargetError(f"`{shown_url(req.full_url)}` leads to `{shown_url(newurl)}`")
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None and _origin(newurl) != _origin(req.full_url):
            for name in self._own:
                found.remove_header(name)
        return found


def _origin(url: str) -> tuple[str, str | None, int | None]:
    split = urlsplit(url)
    return split.scheme, split.hostname, split.port


def _reading(response: Any) -> bytes:
    try:
        data: bytes = response.read1(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise CutOff(_fact(error)) from None
    return data


def _fact(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "nothing came for too long"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was cut"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text)


def shown_url(url: str) -> str:
    """Return a URL as it may be shown: what stands behind `?` can be a secret."""
    head, mark, _ = url.partition("?")
    return f"{head}?…" if mark else head
