"""The report `notify`: tells how a build ended, to a webhook or on the desktop.

    [project]
    plugins = ["notify"]
    reports = ["notify"]

    [plugin.notify]
    when = "change"
    webhook_env = "SLACK_URL"

Knows what is told, and when. Does not know who reads it.

Invariant: a build waits for it no longer than `_PATIENCE`, and never fails by it. The address of
the webhook, which is a secret, stands in no message.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Any, Literal
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from jobmake import TargetError, UsageError, events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake import Reporting

_PATIENCE = 3.0  # seconds
_NAMED = 5  # of the failed targets in a text
_TEXT = "{project}: {how} in {seconds:.1f} s"


class _Settings:
    when: Literal["failure", "always", "change"] = "failure"
    webhook: str = ""
    webhook_env: str = ""
    desktop: bool = False
    template: str = _TEXT
    body: dict[str, Any] = {}  # noqa: RUF012 - a default


class Notify:
    """Tells when a build has ended."""

    def __init__(self, reporting: Reporting) -> None:
        reporting.no_file()
        self._reporting = reporting
        self._settings = settings = reporting.given(_Settings)
        self._webhook = settings.webhook or reporting.environ.get(settings.webhook_env, "")
        if settings.webhook and settings.webhook_env:
            raise UsageError("`webhook` and `webhook_env` of `[plugin.notify]`: one is enough")
        if not (settings.webhook or settings.webhook_env or settings.desktop):
            raise UsageError(
                "`[plugin.notify]` says nobody who is to be told",
                'write `webhook_env = "VARIABLE"`, or `desktop = true`',
            )
        if self._webhook and not self._webhook.startswith(("http://", "https://")):
            raise UsageError("the webhook of `[plugin.notify]` is no `http://` or `https://`")
        _filled([settings.template, settings.body], {**dict.fromkeys(_WORDS, ""), "seconds": 0.0})

    def handle(self, event: events.Event) -> None:
        """Tell of a build that has ended by itself."""
        if not isinstance(event, events.BuildEnded) or event.summary.stopped_by is not None:
            return
        if self._is_wanted(event.summary.ok):
            self._tell(event.summary)

    def close(self) -> None:
        """Do nothing: what there is to tell was told."""

    def _is_wanted(self, ok: bool) -> bool:
        when = self._settings.when
        if when != "change":
            return when == "always" or not ok
        return self._last(ok) != ok

    def _last(self, ok: bool) -> bool:
        """Return how the build before this one ended, and note how this one did; before the
        first one all was well."""
        path = os.path.join(self._reporting.folder, "failed")
        was_ok = not os.path.exists(path)
        if was_ok and not ok:
            os.makedirs(self._reporting.folder, exist_ok=True)
            open(path, "wb").close()
        elif ok and not was_ok:
            os.unlink(path)
        return was_ok

    def _tell(self, summary: Any) -> None:
        """Tell all who are to be told, at once; raise what went wrong."""
        said = _said(self._reporting, summary)
        said["text"] = text = _filled(self._settings.template, said)
        body = _filled(self._settings.body, said) if self._settings.body else said
        acts: list[Callable[[], None]] = []
        if self._webhook:
            acts.append(lambda: _post(self._webhook, body))
        if self._settings.desktop:
            acts.append(lambda: _show(text, summary.ok, self._reporting.environ))
        _do_all(acts)


_WORDS = ("project", "ok", "how", "built", "failed", "blocked", "seconds", "text")


def _said(reporting: Reporting, summary: Any) -> dict[str, Any]:
    failed = ", ".join(summary.failed[:_NAMED])
    if len(summary.failed) > _NAMED:
        failed += f" and {len(summary.failed) - _NAMED} more"
    if summary.ok:
        how = f"built {len(summary.built)}" if summary.built else "up to date"
    else:
        how = f"failed: {failed}" if failed else "failed"
    return {
        "project": reporting.project or os.path.basename(reporting.root),
        "ok": summary.ok,
        "how": how,
        "built": list(summary.built),
        "failed": list(summary.failed),
        "blocked": list(summary.blocked),
        "seconds": round(summary.seconds, 3),
    }


def _filled(value: Any, said: Mapping[str, Any]) -> Any:
    """Return a value with what is said put into its texts. Raises UsageError."""
    if isinstance(value, dict):
        return {key: _filled(one, said) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, said) for one in value]
    if not isinstance(value, str):
        return value
    words = {key: ", ".join(one) if isinstance(one, list) else one for key, one in said.items()}
    try:
        return value.format_map(words)
    except (KeyError, ValueError, IndexError, AttributeError):
        known = ", ".join(f"`{{{word}}}`" for word in _WORDS)
        message = f"`{value}` of `[plugin.notify]` cannot be filled in"
        raise UsageError(message, f"it may use {known}") from None


def _do_all(acts: list[Callable[[], None]]) -> None:
    """Do several things beside each other; raise what went wrong, or is not done in time.

    Each has a thread, which nobody waits for at the end of the program: the system may look for
    a server's name for longer than any limit that can be set.
    """
    wrong: list[str] = []

    def careful(act: Callable[[], None]) -> None:
        try:
            act()
        except TargetError as error:
            wrong.append(error.message)

    until = time.monotonic() + _PATIENCE
    threads = [threading.Thread(target=careful, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        wrong.append(f"it took longer than {_PATIENCE:g} s")
    if wrong:
        raise TargetError("; ".join(wrong))


class _NoRedirects(HTTPRedirectHandler):
    """A POST that is sent on would be a GET."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        return None


def _post(webhook: str, body: Mapping[str, Any]) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "jobmake"}
    data = json.dumps(body).encode("utf-8", "backslashreplace")
    try:
        request = Request(webhook, data, headers, method="POST")
        with build_opener(_NoRedirects()).open(request, timeout=_PATIENCE):
            pass
    except HTTPError as error:
        error.close()
        raise TargetError(f"the webhook says {error.code} {error.reason}") from None
    except Exception as error:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            raise TargetError(f"the webhook did not answer within {_PATIENCE:g} s") from None
        said = getattr(reason, "strerror", None) or type(reason).__name__
        raise TargetError(f"the webhook cannot be reached: {said}") from None


def _show(text: str, ok: bool, environ: Mapping[str, str]) -> None:
    urgency = "normal" if ok else "critical"
    words = ["notify-send", "--app-name=jobmake", f"--urgency={urgency}", "--", "jobmake", text]
    try:
        subprocess.run(
            words,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=True,
        )
    except FileNotFoundError:
        raise TargetError("there is no `notify-send`") from None
    except (OSError, subprocess.SubprocessError):
        raise TargetError("`notify-send` failed") from None


def jobmake_reporters() -> dict[str, Callable[[Reporting], Notify]]:
    """Bring the report."""
    return {"notify": Notify}
