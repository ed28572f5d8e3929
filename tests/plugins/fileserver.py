"""An HTTP server for tests: it sends files in parts, slowly, wrongly or not at all, as it is told,
and remembers what it was asked."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType


@dataclass
class Turn:
    """How one request is answered: not as asked, but so."""

    status: int = 0
    cut_after: int | None = None  # bytes of the body; then the connection ends
    says_length: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False


class FileServer:
    """One file under every path. ``turns`` are how the next requests are answered; then all goes
    well."""

    def __init__(self, body: bytes) -> None:
        self.body, self.etag, self.knows_ranges = body, '"one"', True
        self.turns: deque[Turn] = deque()
        self.asked: list[dict[str, str]] = []
        self.let_go = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/big.bin"

    def __enter__(self) -> FileServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def ranges(self) -> list[str | None]:
        """What was asked for, of each request."""
        return [one.get("range") for one in self.asked]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        asked = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(asked)
        turn = self.turns.popleft() if self.turns else Turn()
        request.close_connection = True
        if turn.hangs:
            self.let_go.wait()
            return
        begin = 0
        if self.knows_ranges and asked.get("if-range") == self.etag and "range" in asked:
            begin = int(asked["range"].removeprefix("bytes=").rstrip("-"))
        request.send_response(turn.status or (206 if begin else 200))
        size = len(self.body)
        length = size - begin if turn.says_length is None else turn.says_length
        headers = {"Content-Length": str(length), "ETag": self.etag}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
        for name, value in (headers | turn.headers).items():
            if value:
                request.send_header(name, value)
        request.end_headers()
        end = None if turn.cut_after is None else begin + turn.cut_after
        request.wfile.write(b"" if turn.status else self.body[begin:end])
