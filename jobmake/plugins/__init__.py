"""What the open sets hold: what ships with jobmake, and what plugins bring."""

from __future__ import annotations

from jobmake.plugins.registry import Registry, collect

__all__ = ["Registry", "collect"]
