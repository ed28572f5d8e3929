"""The process of `shipped.Server`: answers what a file says, and writes down what it is asked.

python serving.py FOLDER PORT
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar


class _Handler(BaseHTTPRequestHandler):
    folder: ClassVar[Path]

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(length).decode(),
        }
        with open(self.folder / "asked", "a") as file:
            file.write(json.dumps(asked) + "\n")
        told = json.loads((self.folder / "answers.json").read_text())
        default = told.get(self.path, [404, {}])
        status, headers = told.get(f"{self.command} {self.path}", default)
        if not status:
            self.rfile.read(1)  # until who asked has gone
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_HEAD = do_POST = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(folder: str, port: str) -> None:
    _Handler.folder = Path(folder)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), _Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
