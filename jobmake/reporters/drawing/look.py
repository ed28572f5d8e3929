"""How each state looks: a colour, and for who cannot tell colours a mark and a shape.

The colours are those of Okabe and Ito, which differ to every kind of eye; texts on them
keep a contrast of at least 4.5.
"""

from __future__ import annotations

from jobmake.tools.value import Value

FAILED, GROUP, SERVICE = "last run failed", "group", "service"


class Look(Value):
    """``key`` is the state's name in style sheets; ``around`` are Mermaid's brackets."""

    key: str
    mark: str
    fill: str
    line: str
    text: str
    shape: str
    style: str
    width: float
    around: tuple[str, str]


# what asks for attention first comes first: a box of many targets looks like the first of them
LOOKS = {
    FAILED: Look("failed", "✗", "#a83a00", "#5c2000", "#ffffff", "octagon", "filled", 2.5,
                 ("{{", "}}")),
    "stale": Look("stale", "●", "#ffdf9e", "#b37400", "#1a1a1a", "box", "filled", 2.5,
                  ("[", "]")),
    "may be stale": Look("maybe", "?", "#d8ecfa", "#2a7ab0", "#1a1a1a", "box",
                         "filled,rounded,dashed", 1.5, ("(", ")")),
    "up to date": Look("fresh", "✓", "#d3f0e5", "#007a59", "#1a1a1a", "box", "filled,rounded", 1,
                       ("([", "])")),
    SERVICE: Look("service", "◉", "#e6defa", "#5b3fa8", "#1a1a1a", "component", "filled", 1.5,
                  ("[/", "/]")),
    GROUP: Look("group", "▣", "#f2f2f2", "#666666", "#1a1a1a", "folder", "filled,dotted", 1.5,
                ("[[", "]]")),
}  # fmt: skip
STATES = tuple(LOOKS)
