"""The picture as one page of HTML, to look around in. It loads nothing, from nowhere.

Its own policy (CSP) allows exactly its script and its style, by their digests: a text of
the Jobfile that looked like code would not be run even if it got out of its place.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmake.reporters.drawing.look import LOOKS
from jobmake.reporters.drawing.picture import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.reporters.drawing.picture import Picture

_HERE = Path(__file__).parent

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<input id="search" type="search" placeholder="search targets and files" aria-label="search">
<output id="found"></output>
<ul id="legend">{legend}</ul>
<button id="fit" type="button">fit</button>
</header>
<main>
<div id="stage">
{svg}
</div>
<aside id="details" aria-live="polite">
<p class="quiet">Click a target to see what it is.</p>
</aside>
</main>
<script id="data" type="application/json">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def page(title: str, picture: Picture, svg: str, details: Mapping[str, Any]) -> str:
    """Return the page. ``svg`` is the picture drawn with ids; ``details`` what is told of each
    target, as JSON holds it."""
    style, script = ((_HERE / f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    looks = {
        state: {"key": look.key, "mark": look.mark}
        for state, look in LOOKS.items()
        if state in picture.states
    }
    data = {
        "boxes": [{"name": box.name, "members": box.members} for box in picture.boxes],
        "looks": looks,
        "targets": details,
    }
    legend = "".join(
        f'<li class="{LOOKS[state].key}">{LOOKS[state].mark} {escape(state)}: {number}</li>'
        for state, number in picture.states.items()
    )
    return _PAGE.format(
        policy=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)};"
        " base-uri 'none'; form-action 'none'",
        title=escape(plain_text(title)),
        style=style,
        legend=legend,
        svg=svg[svg.index("<svg") :],
        data=_as_data(data),
        script=script,
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _plain(data: Any) -> Any:
    match data:
        case str():
            return plain_text(data)
        case dict():
            return {plain_text(key): _plain(value) for key, value in data.items()}
        case list() | tuple():
            return [_plain(one) for one in data]
    return data


def _as_data(data: object) -> str:
    """JSON in which nothing can end the element that it stands in."""
    return (
        json.dumps(_plain(data))
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
    )
