"""`jobmake cache`: what is kept of outputs, and where; checked or cleared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from jobmake.model.contracts import Cache
    from jobmake.project import Project

JSON_VERSION = 1


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("--json", action="store_true", help="for programs")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help="read it all, remove what is damaged")
    what.add_argument("--clear", action="store_true", help="remove everything")


def run(context: Context) -> int:
    """Do what is asked for, and say how the cache is then; return the exit code."""
    given, project = context.arguments, context.project()
    cache = project.cache()
    data: dict[str, object] = {"version": JSON_VERSION}
    lines: list[str] = []
    if given.verify:
        data["damaged"] = damaged = list(cache.verify())
        lines += [f"removed {name}: it was damaged" for name in damaged]
        lines.append(f"damaged {len(damaged)}")
    if given.clear:
        from jobmake.tools.quantities import size_text

        gone = cache.clear()
        data["removed"] = {"objects": gone.objects, "bytes": gone.bytes}
        lines.append(f"removed {size_text(gone.bytes)}")
    if not (given.verify or given.clear) or given.json:
        data.update(_state(project, cache))
        lines += _shown(data)
    if given.json:
        lines = [json.dumps(data, indent=2, ensure_ascii=False)]
    for line in lines if given.json or not given.quiet else ():
        write(line + "\n")
    return 0


def _state(project: Project, cache: Cache) -> dict[str, object]:
    settings, used = project.cache_settings, cache.used()
    return {
        "enabled": settings.enabled,
        "folder": settings.folder,
        "limit": settings.size,
        "bytes": used.bytes,
        "objects": used.objects,
        "runs": used.traces,
    }


def _shown(data: dict[str, object]) -> list[str]:
    from jobmake.tools.display import count, one_line
    from jobmake.tools.quantities import size_text

    taken, limit = size_text(int(str(data["bytes"]))), size_text(int(str(data["limit"])))
    objects = count(int(str(data["objects"])), "object")
    runs = count(int(str(data["runs"])), "kept run")
    off = "" if data["enabled"] else " (switched off)"
    return [
        f"folder  {one_line(str(data['folder']))}{off}",
        f"used    {taken} of {limit}",
        f"holds   {objects} of {runs}",
    ]
