"""Which plugin an exception comes from.

Knows the files of all plugins that were loaded in this process, and nothing else of them.

Invariant: only code of a plugin is blamed, by the deepest line of it that was reached.
"""

from __future__ import annotations

import os
import sys

from jobmake.model.errors import JobmakeError, PluginError, TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_owners: dict[str, tuple[str, str]] = {}  # a file, or a folder with its slash: plugin, root


class StandIn:
    """What is used in the place of something that a plugin contributed, which is ``behind``."""

    behind: object


def note_file(path: str, plugin: str, root: str) -> None:
    """Note that a file, or all below a folder (with its slash), is of a plugin."""
    _owners[path] = plugin, root


def blamed(error: BaseException) -> TargetError:
    """Return what is wrong with a target, or with all: the error itself where it says so on
    purpose, else that a plugin has raised it.

    Raises the error as it is where no plugin's code did. To be called while it is handled.
    """
    if isinstance(error, TargetError):
        return error
    from jobmake.values.trouble import CodecError, NotKept, UnreadableValue

    of_a_value = isinstance(error, (NotKept, CodecError, UnreadableValue))
    if isinstance(error, JobmakeError) and not of_a_value:
        raise error
    places = list(_places(error))
    if not places and isinstance(error, JobmakeError):
        return TargetError(error.message, error.hint)
    if not places:
        return _of_a_thing(error)
    file, line, plugin, root = places[-1]
    told = f"plugin `{plugin}` raised {said(error)} ({shown(file, root)}:{line})"
    return caused(PluginError(told, line_at(file, line)), error)


def _of_a_thing(error: BaseException) -> PluginError:
    """Return the error of what was done last with something that a plugin contributed: it may
    take other arguments than it must, or give something else. Raises the error where there was
    no such thing."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    for one in trace.tb_frame.f_locals.values() if trace else ():
        thing = one.behind if isinstance(one, StandIn) else one
        module = sys.modules.get(type(thing).__module__)
        owner = _owner(getattr(module, "__file__", None) or "")
        if owner is not None:
            return of_thing(thing, owner[0], error)
    raise error


def of_thing(thing: object, plugin: str, error: BaseException) -> PluginError:
    """Return the error of what went wrong with something of a plugin in no line of its own."""
    told = (
        f"plugin `{plugin}`: its `{type(thing).__name__}` was used as its contract says,"
        f" and that failed: {said(error)}"
    )
    return caused(PluginError(told, "compare its methods with the manual's"), error)


def caused(blame: PluginError, error: BaseException) -> PluginError:
    """Return the blame with what it is for."""
    blame.__cause__ = error
    return blame


def lines_of(error: BaseException) -> str:
    """Return the lines that led to an error, from the first of a plugin on."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    begin = next((at for at, one in enumerate(frames) if _owner(one.filename)), 0)
    return "".join([*traceback.format_list(frames[begin:]),
                    *traceback.format_exception_only(error)])  # fmt: skip


def place_in(error: BaseException, plugin: str) -> tuple[str, int] | None:
    """Return file and line at which an error met a plugin's code; None where it never did."""
    if isinstance(error, SyntaxError) and error.filename and _owner(error.filename):
        return error.filename, error.lineno or 1
    found = [one for one in _places(error) if one[2] == plugin]
    return found[-1][:2] if found else None


def line_at(file: str, line: int) -> str | None:
    """Return a hint that shows a line, None where it cannot be read."""
    import linecache

    linecache.checkcache(file)
    text = linecache.getline(file, line).strip()
    return f"the line is `{text}`" if text else None


def said(error: BaseException) -> str:
    """Return an error's kind and text, on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def shown(file: str, root: str) -> str:
    """Return a path as people read it: seen from the project where it lies in that."""
    return file[len(root) + 1 :] if file.startswith(root + os.sep) else file


def _places(error: BaseException) -> Iterator[tuple[str, int, str, str]]:
    """Yield each line of a plugin that an error went through: file, line, plugin, root."""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        owner = _owner(file)
        if owner is not None:
            yield file, trace.tb_lineno, *owner
        trace = trace.tb_next


def _owner(file: str) -> tuple[str, str] | None:
    """Return plugin and project of a file."""
    if file in _owners:
        return _owners[file]
    folder = os.path.dirname(file)
    while len(folder) > 1:
        if f"{folder}/" in _owners:
            return _owners[f"{folder}/"]
        folder = os.path.dirname(folder)
    return None
