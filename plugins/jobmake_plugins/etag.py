"""The check `etag`: stale when what a URL leads to is not what it was, as its server says.

    check = ["content", { type = "etag", url = "https://example.org/data.csv" }]

Knows HTTP: HEAD, and GET where a server has no HEAD; ETag, else Last-Modified. Reads no body.

Invariant: what the headers of a request hold is sent to the server of the URL and to no other,
and stands in no record and no message.
"""

from __future__ import annotations

import hashlib
import http.client
import time
from typing import IO, TYPE_CHECKING, Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from jobmake import FactCheck, Fault, TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake import FileView, Target

_UNREACHABLE_FOR = 10.0  # seconds in which a server that did not answer is not asked again
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})  # states that are not for ever


class Unreachable(TargetError):
    """The server does not answer, or not now."""


class ETag(FactCheck):
    """What a server says of the version of something."""

    name = "etag"
    uncounted = ("url", "headers_env", "timeout", "offline")  # of the URL a fact tells

    class With:
        url: str
        headers: dict[str, str] = {}  # noqa: RUF012 - a default
        headers_env: dict[str, str] = {}  # noqa: RUF012
        timeout: float = 10.0
        offline: Literal["fail", "keep"] = "fail"

    def __init__(self) -> None:
        self._silent: dict[str, tuple[float, str]] = {}  # servers: since when, and how it is told

    def validate(self, settings: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with settings."""
        yield from super().validate(settings)
        url = settings.get("url")
        if isinstance(url, str) and "{env." not in url:
            for message, hint in _wrong(url):
                yield Fault(("url",), message, hint)

    def facts(self, target: Target, files: FileView) -> Mapping[str, str]:
        """Return the tag, or the time, and of what it is."""
        given = self.given(target)
        shown = _shown(given.url)
        try:
            return {**self._asked(given, shown, files.environ), "url": shown}
        except Unreachable as error:
            recorded = files.recorded(self.name) if given.offline == "keep" else {}
            if recorded.get("url") == shown:
                return dict(recorded)
            if given.offline == "keep":
                hint = "nothing was recorded of it that could stand"
            else:
                hint = 'with `offline = "keep"` what was recorded would stand'
            raise TargetError(error.message, hint) from None

    def _asked(self, given: With, shown: str, environ: Mapping[str, str]) -> dict[str, str]:
        server = "://".join(urlsplit(given.url)[:2])
        since, said = self._silent.get(server, (0.0, ""))
        if said and time.monotonic() - since < _UNREACHABLE_FOR:
            raise Unreachable(f"`{shown}` {said}")
        headers = {**given.headers, **_from_environment(given.headers_env, environ)}
        try:
            return _ask(given, shown, headers)
        except HTTPError as error:
            error.close()
            kind = Unreachable if error.code in _LATER else TargetError
            raise kind(f"`{shown}` says {error.code} {str(error.reason).splitlines()[0]}") from None
        except (OSError, http.client.HTTPException) as error:
            said = _in_words(error, given.timeout)
            self._silent[server] = (time.monotonic(), said)
            raise Unreachable(f"`{shown}` {said}") from None
        except ValueError as error:  # a header with a line end
            raise TargetError(f"`{shown}` cannot be asked: {error}") from None


class _Redirects(HTTPRedirectHandler):
    """HEAD stays HEAD, and another server is told no header of ours."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in ("http", "https"):
            fp.close()
            raise TargetError(f"`{_shown(req.full_url)}` redirects to what is not HTTP")
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None:
            following.method = req.get_method()
            if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
                following.headers = dict(_USUAL)
        return following


_USUAL = {"User-agent": "jobmake", "Accept-encoding": "identity"}  # as `Request` writes names
_OPENER = build_opener(_Redirects())


def _ask(given: ETag.With, shown: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return what the server says. Raises HTTPError, OSError, HTTPException, TargetError."""
    for method in ("HEAD", "GET"):
        request = Request(given.url, headers={**_USUAL, **headers}, method=method)
        try:
            # nothing but the head of an answer is read before it is closed
            with _OPENER.open(request, timeout=given.timeout) as answer:
                tag, written = answer.headers["ETag"], answer.headers["Last-Modified"]
        except HTTPError as error:
            if method == "GET" or error.code in _LATER:
                raise
            error.close()
            continue
        if tag is not None:
            return {"": tag.strip()}
        if written is not None:
            return {"last_modified": written.strip()}
    raise TargetError(
        f"`{shown}` has neither an ETag nor a Last-Modified",
        "its server does not say when it changes: `max_age` or `always` are for that",
    )


def _wrong(url: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        yield f"has a `url` that is none: {error}", "it is like `https://example.org/data.csv`"
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "has a `url` that is none", "it is like `https://example.org/data.csv`"
    elif parts.username is not None:
        hint = 'write `headers_env = { Authorization = "VARIABLE" }`'
        yield "has a `url` with a user in it", hint


def _shown(url: str) -> str:
    """Return a URL as it is recorded and told: of its query, which may hold a secret, a digest."""
    for message, hint in _wrong(url):
        raise TargetError(f"its check `etag` {message}", hint)
    bare, _, query = url.partition("#")[0].partition("?")
    return f"{bare}?{hashlib.sha256(query.encode()).hexdigest()[:12]}" if query else bare


def _from_environment(names: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    missing = [variable for variable in names.values() if variable not in environ]
    if missing:
        raise TargetError(f"the variable `{missing[0]}` is not set", "`headers_env` names it")
    return {header: environ[variable] for header, variable in names.items()}


def _in_words(error: Exception, timeout: float) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return f"did not answer within {timeout:g} s"
    said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return f"cannot be reached: {said}"


def jobmake_checks() -> list[ETag]:
    """Bring the check."""
    return [ETag()]
