"""The Python of a forked process: made as a new one would be, and ended as one ends.

Knows what an interpreter sets up at its start and does at its end. Does not know runs, nor
what is called in between.

Invariant: a status of 0 means that all that was written to files, closed or not, was written.
"""

from __future__ import annotations

import _io
import atexit
import gc
import io
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Iterable
else:
    import _signal

SIGINT = -_signal.SIGINT  # the status of a process that Ctrl-C has ended
_DISK_FULL = 120  # what Python itself exits with when the last of stdout cannot be written

# what a Python that was started sets; the rest is as the system's default
_AT_START: dict[int, Any] = {
    _signal.SIGINT: _signal.default_int_handler,
    _signal.SIGPIPE: _signal.SIG_IGN,
    _signal.SIGXFSZ: _signal.SIG_IGN,
}
# those of `faulthandler`, which write to whatever is stderr
_FAULTS = {_signal.SIGSEGV, _signal.SIGFPE, _signal.SIGABRT, _signal.SIGBUS, _signal.SIGILL}
_SIGNALS = _signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP} - _FAULTS

_kept: list[object] = []  # what must not end: a file that does writes what it holds, elsewhere


# -- the beginning --------------------------------------------------------------------


def handled_signals() -> list[int]:
    """Return the signals that are handled otherwise than by a Python that has just started, as
    far as Python knows."""
    return [one for one in _SIGNALS if _signal.getsignal(one) != _at_start(one)]


def reset_signals(signals: Iterable[int] = _SIGNALS) -> None:
    """Handle each of these signals as a Python that has just started; none wakes anything else.

    All are those as well to which C code may have given handlers.
    """
    _signal.set_wakeup_fd(-1)
    for signum in signals:
        _signal.signal(signum, _at_start(signum))


def _at_start(signum: int) -> Any:
    return _AT_START.get(signum, _signal.SIG_DFL)


def set_environment(wanted: dict[bytes, bytes]) -> None:
    """Make the environment what is wanted, also for C."""
    there = cast(Any, os.environ)._data  # what each first call in a fork touches is copied for it
    for name in there.keys() - wanted.keys():
        os.unsetenv(name)
        del there[name]
    for name, value in wanted.items() - there.items():
        os.putenv(name, value)
        there[name] = value


def fresh_streams() -> None:
    """Make the standard streams anew, for what the descriptors lead to when they are used.

    Lines are written when they are whole.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        was = getattr(sys, f"__{name}__")
        _kept.extend((was, getattr(sys, name)))
        stream = _stream(number, f"<{name}>", was)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(number: int, name: str, was: io.TextIOWrapper | None) -> io.TextIOWrapper:
    """Make a text stream of a descriptor, in the manner of one that was there."""
    raw = io.FileIO(number, "w" if number else "r", closefd=False)
    cast(Any, raw).name = name
    through = was is not None and getattr(was, "write_through", False)
    if through:
        buffer: Any = raw
    else:
        buffer = io.BufferedWriter(raw) if number else io.BufferedReader(raw)
    return io.TextIOWrapper(
        buffer,
        encoding=was.encoding if was is not None else "utf-8",
        errors="backslashreplace" if number == 2 else was.errors if was is not None else None,
        newline="\n" if number else None,
        line_buffering=True,
        write_through=through,
    )


def forget_past() -> None:
    """Forget what the process that was forked had meant to do at its end, and its hooks."""
    atexit._clear()
    for name in ("excepthook", "unraisablehook", "displayhook"):
        setattr(sys, name, getattr(sys, f"__{name}__"))
    if "weakref" in sys.modules:
        from weakref import finalize

        registry = cast(Any, finalize)._registry
        _kept.append(dict(registry))
        registry.clear()
        cast(Any, finalize)._registered_with_atexit = False  # the next registers itself
    if "multiprocessing.util" in sys.modules:
        from multiprocessing import util

        cast(Any, util)._finalizer_registry.clear()
        atexit.register(cast(Any, util)._exit_function)
    if "logging" in sys.modules:
        import logging

        _kept.append(list(cast(Any, logging)._handlerList))
        cast(Any, logging)._handlerList.clear()
        atexit.register(logging.shutdown)


def reseed() -> None:
    """Give numpy's global generator a state of its own; `random` sees to itself."""
    random = sys.modules.get("numpy.random")
    if random is not None:
        random.seed()


# -- the end --------------------------------------------------------------------------


def status_of(function: Callable[..., object], *arguments: object) -> int:
    """Call; return the status with which `sys.exit(function(*arguments))` would end a Python."""
    try:
        return _status(function(*arguments))
    except SystemExit as end:
        return _status(end.code)
    except BaseException as error:
        _tell(error)
        return SIGINT if isinstance(error, KeyboardInterrupt) else 1


def end(status: int, leave: Callable[[int], object]) -> NoReturn:
    """End this process as Python ends itself; the last is to ``leave``."""
    try:
        threading = sys.modules.get("threading")
        if threading is not None:
            _try(threading._shutdown)
        _try(atexit._run_exitfuncs)
        for stream in _standard():
            if not (stream.closed or _try(stream.flush)):
                status = _DISK_FULL
        _close_files()
        if status == SIGINT:
            _signal.signal(-SIGINT, _signal.SIG_DFL)
            os.kill(os.getpid(), -SIGINT)
        leave(status & 0xFF)
    finally:
        os._exit(status & 0xFF)


def _status(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)
    return 1


def _tell(error: BaseException) -> None:
    """Tell of an exception that nobody caught, without the frame of ours that did."""
    trace = error.__traceback__ and error.__traceback__.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)


def _try(call: Callable[[], object]) -> bool:
    """Call; tell of an exception, and return whether there was none."""
    try:
        call()
    except BaseException:
        try:
            print(f"Exception ignored in: {call!r}", file=sys.stderr)
            traceback.print_exc()
        except OSError:
            pass  # stderr is what could not be written
        return False
    return True


def _standard() -> list[Any]:
    streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    return [one for one in dict.fromkeys(streams) if one is not None]


def _close_files() -> None:
    """Close what is still open for writing, outer layers first.

    Python does so when it takes its modules apart, which takes milliseconds more.
    """
    objects = gc.get_objects()
    kinds = {kind: layer for kind in set(map(type, objects)) if (layer := _layer(kind))}
    if not kinds:
        return
    spared = {id(stream) for stream in _standard()}
    spared |= {id(getattr(stream, "buffer", None)) for stream in _standard()}
    files = [one for one in objects if type(one) in kinds and id(one) not in spared]
    for file in sorted(files, key=lambda one: kinds[type(one)]):
        _try(cast(io.IOBase, file).close)


def _layer(kind: type) -> int:
    """Return the rank in which files of a type are closed, 0 for what holds nothing back."""
    if not issubclass(kind, _io._IOBase):
        return 0
    if issubclass(kind, _io.TextIOWrapper):
        return 1
    if issubclass(kind, (_io.BufferedWriter, _io.BufferedRandom, _io.BufferedRWPair)):
        return 3
    plain = (_io._RawIOBase, _io.BufferedReader, _io.BytesIO, _io.StringIO)
    return 0 if issubclass(kind, plain) else 2
