"""The picture in Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.reporters.drawing.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.reporters.drawing.picture import Box, Picture

_FONT = "sans-serif"


def dot(picture: Picture, *, for_page: bool = False) -> Iterator[str]:
    """Yield the lines. ``for_page``: with ids to find the boxes by, without a legend and a
    background, which the page has itself."""
    yield "digraph jobmake {"
    yield '  rankdir="LR";'
    yield f'  node [shape="box", style="rounded", fontname="{_FONT}"];'
    if for_page:
        yield '  bgcolor="transparent";'
    elif picture.states:
        yield '  bgcolor="white";'
        yield from _legend(picture.states)
    for number, box in enumerate(picture.boxes):
        attributes = _attributes(box)
        if for_page:
            attributes["id"] = f"box{number}"
        inner = ", ".join(f"{key}={_text(value)}" for key, value in attributes.items())
        yield f"  {_id(box.name)} [{inner}];"
    for arrow in picture.arrows:
        tail, head = picture.boxes[arrow.tail].name, picture.boxes[arrow.head].name
        dashed = ' [style="dashed"]' if arrow.after else ""
        yield f"  {_id(tail)} -> {_id(head)}{dashed};"
    yield "}"


def _attributes(box: Box) -> dict[str, str]:
    attributes = {"label": "\n".join(box.lines), "tooltip": box.hint}
    if box.state is not None:
        look = LOOKS[box.state]
        attributes |= {
            "class": look.key, "shape": look.shape, "style": look.style, "fillcolor": look.fill,
            "color": look.line, "fontcolor": look.text, "penwidth": f"{look.width:g}",
        }  # fmt: skip
    elif box.is_group:
        attributes["style"] = "rounded,dashed"
    return attributes


def _legend(states: Mapping[str, int]) -> Iterator[str]:
    """Yield the legend: a table of Graphviz's below the picture."""
    cells = "".join(
        f'<td bgcolor="{look.fill}" color="{look.line}"><font color="{look.text}">'
        f"{look.mark} {state}: {number}</font></td>"
        for state, number in states.items()
        for look in [LOOKS[state]]
    )
    table = f'<table border="0" cellborder="1" cellspacing="6" cellpadding="5"><tr>{cells}</tr>'
    yield f'  label=<{table}</table>>; labelloc="b"; fontname="{_FONT}"; fontsize="11";'


def _id(name: str) -> str:
    """Quote an identifier: only a quotation mark is escaped; a backslash at the end, or
    before a mark, would escape what follows it, so backslashes are doubled."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(text: str) -> str:
    """Quote a label, in which a backslash begins an escape, and `&` an entity of HTML."""
    return _id(text.replace("&", "&amp;")).replace("\n", "\\n")
