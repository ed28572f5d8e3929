"""`type = "http"`: a download, taken up where it was cut off, and verified.

    url ──▶ staying/part, staying/part.json ──▶ length and SHA-256 are right ──▶ the output

Knows what is kept of a download between tries and runs. How a server is asked is known in
`httpask`.

Invariants: the output has its place only whole and verified; a part is gone on with only if it
has the bytes that were noted of it, and the server says that it still has the same file.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jobmake import Fault, PythonType, TargetError
from jobmake_plugins.httpask import Asking, CutOff, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake import ThisRun
    from jobmake_plugins.httpask import Answer

_NOTED = 0.5  # seconds after which it is noted anew how far a download is
_LONGEST_WAIT = 30.0  # seconds between two tries
_FIRST_WAIT = 0.1


class Http(PythonType):
    """A download."""

    name = "http"
    uncounted = ("retries", "timeout")

    @dataclass(frozen=True)
    class With:
        url: str
        sha256: str = ""
        headers: dict[str, str] = field(default_factory=dict)
        retries: int = 3
        timeout: datetime.timedelta = datetime.timedelta(seconds=60)

    def check(self, given: With, keys: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with settings, beyond types."""
        yield from _url_faults(given.url)
        if not re.fullmatch(r"[0-9a-fA-F]{64}|.*\{.*|", given.sha256):
            hint = "`sha256sum FILE` prints it"
            yield Fault(("with", "sha256"), "has to be 64 hexadecimal digits", hint)
        for name, value in given.headers.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
                yield Fault(("with", "headers", name), "is no name of a header", None, True)
            elif re.search(r"[\r\n\0]", value):
                yield Fault(("with", "headers", name), "has to be one line")
        if given.retries < 0:
            yield Fault(("with", "retries"), "cannot be less than 0")
        if given.timeout.total_seconds() <= 0:
            yield Fault(("with", "timeout"), "has to be more than 0")

    def run(self, given: With, run: ThisRun) -> None:
        """Fetch the file, and put it in place."""
        output = run.output
        part = Part.of(run, given)
        asking = Asking(given.url, given.headers, given.timeout.total_seconds())
        try:
            _fetch(asking, part, given, run)
            shutil.move(part.path, output)
            part.size = 0
        finally:
            if part.size == 0:
                part.forget()


def jobmake_job_types() -> list[Http]:
    """Give the job type."""
    return [Http()]


def _url_faults(url: str) -> Iterator[Fault]:
    if "{" in url:
        return  # the run will see
    split = urlsplit(url)
    if split.scheme not in ("http", "https") or not split.hostname:
        yield Fault(("with", "url"), "has to begin with `https://` or `http://` and a host")
    elif split.username or split.password:
        hint = 'give it as a header: `headers = { Authorization = "Bearer {env.TOKEN}" }`'
        yield Fault(("with", "url"), "must not hold a user or a password", hint)


# -- tries ----------------------------------------------------------------------------------


def _fetch(asking: Asking, part: Part, given: Http.With, run: ThisRun) -> None:
    """Try until the file is there, whole and right. Raises TargetError."""
    wanted, resumed = given.sha256.lower(), False
    if wanted == part.digest.hexdigest():
        return  # it was all there
    for tries in range(given.retries + 1):
        resumed = part.size > 0
        try:
            _once(asking, part, run)
            break
        except CutOff as cut:
            print(f"{shown_url(given.url)}: {cut}", flush=True)
            if cut.anew:
                part.begin_anew()
            if tries == given.retries:
                kept = f"{part.size} bytes are kept, and gone on with" if part.size else None
                raise TargetError(f"`{shown_url(given.url)}`: {cut}", kept) from None
            time.sleep(min(cut.wait or _FIRST_WAIT * 2**tries, _LONGEST_WAIT))
    got = part.digest.hexdigest()
    if wanted and got != wanted and resumed:  # perhaps of two files, glued together
        part.begin_anew()
        _fetch(asking, part, given, run)
    elif wanted and got != wanted:
        part.forget()
        raise TargetError(
            f"`{shown_url(given.url)}` has another SHA-256 than `with.sha256` says",
            f"`sha256` is {wanted}, and that of what came is {got}",
        )


def _once(asking: Asking, part: Part, run: ThisRun) -> None:
    """Ask for what is missing, and take what comes. Raises CutOff, TargetError."""
    with asking.ask(part.size, part.tag if part.may_go_on else "") as answer:
        if answer.begins_at != part.size:
            part.begin_anew()
        if part.size and answer.tag not in ("", part.tag):
            raise CutOff("the server has another file now", anew=True)
        part.tag, part.strong = answer.tag, answer.strong
        _take(answer, part, run)
        if answer.total is not None and part.size != answer.total:
            too_much = part.size > answer.total
            raise CutOff(f"{part.size} of {answer.total} bytes came", anew=too_much)


def _take(answer: Answer, part: Part, run: ThisRun) -> None:
    """Write what comes to the end of the part, and note now and then how far it is."""
    noted = time.monotonic()
    with open(part.path, "ab") as file:
        try:
            for data in answer:
                file.write(data)
                part.digest.update(data)
                part.size += len(data)
                if time.monotonic() - noted > _NOTED:
                    file.flush()
                    part.note()
                    run.progress(_how_far(part.size, answer.total))
                    noted = time.monotonic()
        finally:
            file.flush()
            part.note()


def _how_far(size: int, total: int | None) -> str:
    mebibytes = f"{size / 2**20:.1f}"
    return f"{mebibytes} of {total / 2**20:.1f} MiB" if total else f"{mebibytes} MiB"


# -- what is kept ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Note:
    """What is known of a part: of which file it is, and which bytes it has to have."""

    url: str
    sha256: str
    tag: str
    strong: bool
    size: int
    digest: str


class Part:
    """The part of a file that is there. ``tag`` is what the server has called the file."""

    def __init__(self, folder: str, url: str, sha256: str) -> None:
        self._folder, self._url, self._sha256 = folder, url, sha256
        self.path = os.path.join(folder, "part")
        self._noted = os.path.join(folder, "part.json")
        self.size, self.digest = 0, hashlib.sha256()
        self.tag, self.strong = "", False

    @classmethod
    def of(cls, run: ThisRun, given: Http.With) -> Part:
        """Return what the runs of the past have left for one."""
        os.makedirs(run.staying, mode=0o700, exist_ok=True)
        part = cls(run.staying, given.url, given.sha256.lower())
        if not part._take_up():
            part.begin_anew()
        return part

    @property
    def may_go_on(self) -> bool:
        """Say whether more bytes may be put behind these: the server says which file it is,
        exactly; or who asks does."""
        return self.size > 0 and bool(self.tag) and (self.strong or bool(self._sha256))

    def _take_up(self) -> bool:
        """Take the part that lies there, if it is of this file and as it was noted."""
        try:
            with open(self._noted, encoding="utf-8") as file:
                note = _Note(**json.load(file))
            with open(self.path, "r+b") as file:
                if (note.url, note.sha256) != (self._hidden_url(), self._sha256):
                    return False
                file.truncate(min(note.size, os.fstat(file.fileno()).st_size))
                self.digest = hashlib.file_digest(file, "sha256")
        except (OSError, ValueError, TypeError):
            return False
        self.size, self.tag, self.strong = note.size, note.tag, note.strong
        return self.digest.hexdigest() == note.digest

    def note(self) -> None:
        """Write down how far it is."""
        known = (self._hidden_url(), self._sha256, self.tag, self.strong, self.size)
        with open(f"{self._noted}.new", "w", encoding="utf-8") as file:
            json.dump(asdict(_Note(*known, self.digest.hexdigest())), file)
        os.replace(f"{self._noted}.new", self._noted)

    def begin_anew(self) -> None:
        """Leave nothing of it."""
        self.size, self.digest = 0, hashlib.sha256()
        self.tag, self.strong = "", False
        with open(self.path, "wb"):
            pass

    def forget(self) -> None:
        """Remove it, with what is known of it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hidden_url(self) -> str:
        return hashlib.sha256(self._url.encode()).hexdigest()  # there may be a token in it
