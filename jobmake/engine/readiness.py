"""Whether a service is ready for others, as far as a look shows: at a port, and at its output.

Knows sockets and logs. Does not know processes, nor when to look again; the command that may
have to succeed besides is run by `services`.

Invariant: nothing here waits.
"""

from __future__ import annotations

import _socket  # `socket` is this, and 7 ms of names for its constants
import select
from typing import TYPE_CHECKING

from jobmake.jobfile.forms import LAST_PORT
from jobmake.model.bindings import filled
from jobmake.model.commandtext import POSIX, command
from jobmake.model.errors import TargetError
from jobmake.model.target import SHELL
from jobmake.tools.template import TemplateError
from jobmake.tools.value import Mutable, field

if TYPE_CHECKING:
    from jobmake.model.bindings import Bindings
    from jobmake.model.target import Service

HOST = "127.0.0.1"
_BLOCK = 1 << 16  # bytes of a log that are read at once


class Signs(Mutable):
    """By what one run of a service is known to be ready; ``timeout`` is seconds."""

    timeout: float
    port: int | None = None
    line: _Line | None = None
    command: tuple[str, ...] = ()

    def are_seen(self) -> bool:
        """Say whether the port takes connections, and the line was written."""
        if self.line is not None and not self.line.is_written():
            return False
        return self.port is None or takes_connections(self.port)


class _Line(Mutable):
    """A text in a line of a log that grows: how far it was read, and the end of that."""

    log: str
    text: bytes
    _read: int = 0
    _rest: bytes = field(default=b"")

    def is_written(self) -> bool:
        """Read on; say whether the text was there."""
        try:
            with open(self.log, "rb") as file:
                file.seek(self._read)
                while block := file.read(_BLOCK):
                    self._read += len(block)
                    data = self._rest + block
                    if self.text in data:
                        return True
                    self._rest = data[-len(self.text) :]
        except OSError:
            pass  # it wrote nothing yet
        return False


def signs_of(service: Service, bindings: Bindings, log: str) -> Signs:
    """Return the signs of a run that writes to ``log``. Raises TargetError."""
    try:
        port, line = service.port, service.line
        return Signs(
            timeout=service.timeout,
            port=_port(filled(port, bindings)) if isinstance(port, str) else port,
            line=None if line is None else _Line(log, filled(line, bindings).strip().encode()),
            command=()
            if service.command is None
            else (*SHELL, "-c", command(service.command, POSIX, bindings)),
        )
    except TemplateError as error:
        raise TargetError(f"`ready`: {error.message}", error.hint) from None


def takes_connections(port: int) -> bool:
    """Say whether something on this machine takes connections at a port."""
    one = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        one.setblocking(False)
        one.connect_ex((HOST, port))
        # within one machine it is settled by now; if not, the next look shows
        _, settled, _ = select.select([], [one], [], 0)
        return bool(settled) and not one.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
    finally:
        one.close()


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= LAST_PORT:
        return int(text)
    raise TargetError(f"`ready`: `{text}` is no port", f"one is a number from 1 to {LAST_PORT}")
