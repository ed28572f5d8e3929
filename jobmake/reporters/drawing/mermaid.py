"""The picture in Mermaid's language, as code hosts draw it in pages of Markdown.

Hints are left out: Mermaid has them only where it may run code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobmake.reporters.drawing.look import GROUP, LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.reporters.drawing.picture import Box, Picture


def mermaid(picture: Picture) -> Iterator[str]:
    """Yield the lines."""
    yield "flowchart LR"
    for number, box in enumerate(picture.boxes):
        yield f"  n{number}{_label(box)}"
    for arrow in picture.arrows:
        yield f"  n{arrow.tail} {'-.->' if arrow.after else '-->'} n{arrow.head}"
    states = picture.states
    if states:
        yield "  subgraph legend"
        yield "    direction LR"
        for state, number in states.items():
            look = LOOKS[state]
            begin, end = look.around
            yield f'    {look.key}{begin}"{_text(f"{look.mark} {state}: {number}")}"{end}'
        yield "  end"
    for state in states:
        look = LOOKS[state]
        style = f"fill:{look.fill},stroke:{look.line},color:{look.text}"
        dashes = ",stroke-dasharray:4 3" if "dashed" in look.style else ""
        yield f"  classDef {look.key} {style},stroke-width:{look.width:g}px{dashes}"
        boxes = [f"n{at}" for at, box in enumerate(picture.boxes) if box.state == state]
        yield f"  class {','.join([*boxes, look.key])} {look.key}"


def _label(box: Box) -> str:
    state = box.state or (GROUP if box.is_group else None)
    begin, end = LOOKS[state].around if state else ("(", ")")
    return f'{begin}"{"<br>".join(map(_text, box.lines))}"{end}'


def _text(text: str) -> str:
    """Return a text in which whatever could mean something to Mermaid is told by its number."""
    return re.sub(r"[^\w ]|^\d+(?=\.)", _numbered, text.replace("\n", " "))


def _numbered(match: re.Match[str]) -> str:
    return "".join(f"#{ord(char)};" for char in match.group())
