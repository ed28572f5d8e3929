"""The tools whose files can be read: an open set. A new one is a file here and a line below."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.importers.draft import Draft, Source

# the name on the command line, and the module
KINDS = {
    "dvc": "jobmake.importers.dvc",
    "make": "jobmake.importers.makefile",
    "ninja": "jobmake.importers.ninja",
}


def kind_of(path: str) -> str | None:
    """Tell from a file's name which tool it is for."""
    name = os.path.basename(path).lower()
    if name.startswith("dvc") and name.endswith((".yaml", ".yml")):
        return "dvc"
    if name in ("makefile", "gnumakefile") or name.endswith((".mk", ".make")):
        return "make"
    if name.startswith("makefile."):
        return "make"
    return "ninja" if name.endswith(".ninja") else None


def read(kind: str, source: Source) -> Draft:
    """Return what a file says, as a draft of a Jobfile. Raises JobfileError."""
    draft: Draft = import_module(KINDS[kind]).read(source)
    return draft
