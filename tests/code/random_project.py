"""Random small projects that can really be run, and edits of them.

Every module holds functions, constants and classes that use those of modules after it,
imported in one of many ways. An edit changes one number in one of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

PLAIN, WILD = "plain", "wild"

# how a name of another module is imported, and how it is then written
_PLAIN_WAYS = (
    ("from {m} import {n}", "{n}"),
    ("from {m} import {n} as {n}_", "{n}_"),
    ("import {m}", "{m}.{n}"),
    ("import {m} as {a}_m", "{a}_m.{n}"),
    ("from {p} import {a}", "{a}.{n}"),
    ("from . import {a}", "{a}.{n}"),
    ("from .{a} import {n}", "{n}"),
    ("from {p} import {n} as {n}_r", "{n}_r"),  # a re-export of the package
    ("from {p} import {a} as {a}_p", "{a}_p.{n}"),  # a module that the package imports
    ("IN", "(lambda {a}_l: {a}_l)(__import__('importlib') and {n}_in())"),
)
_WILD_WAYS = (
    ("from {m} import *", "{n}"),
    ("import {m}", "getattr({m}, '{n}')"),
    ("import {m} as {a}_v", "vars({a}_v)['{n}']"),
    ("import importlib", "importlib.import_module('{m}').{n}"),
    ("import importlib", "importlib.import_module('.{a}', __package__).{n}"),
    ("import importlib", "importlib.import_module('{p}.' + '{a}').{n}"),
    ("import {m} as {a}_e", "eval('{a}_e.{n}')"),
    ("import sys, {m}", "sys.modules['{m}'].{n}"),
    ("import {m} as {a}_d", "{a}_d.__dict__['{n}']"),
    ("import {p}.{a}", "getattr({p}, '{a}').{n}"),
)


@dataclass
class Piece:
    """One function, constant or class: its text with a number `#` in it, and what it uses."""

    module: str
    name: str
    text: str
    uses: list[str] = field(default_factory=list)
    number: int = 1
    runs: bool = False  # when its module is loaded

    @property
    def written(self) -> str:
        return self.text.replace("#", str(self.number))


@dataclass
class Drawn:
    """A project: its modules, in each the imports and then the pieces."""

    modules: dict[str, list[str]]  # imports, by module
    pieces: list[Piece]
    exports: list[str]
    package: str = "pkg"

    def files(self) -> dict[str, str]:
        result = {f"{self.package}/__init__.py": "\n".join(self.exports) + "\n"}
        for module, imports in self.modules.items():
            own = [piece.written for piece in self.pieces if piece.module == module]
            text = "\n".join([*dict.fromkeys(imports), *own]) + "\n"
            result[f"{self.package}/{module}.py"] = text
        return result

    def reached(self, entry: str) -> set[str]:
        """Return the names that an entry reaches by its uses, and what runs at import."""
        by_name = {piece.name: piece for piece in self.pieces}
        todo = [entry, *(piece.name for piece in self.pieces if piece.runs)]
        found: set[str] = set()
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(by_name[name].uses)
        return found


def draw(rng: random.Random, style: str) -> Drawn:
    """Draw a project of three to six modules; ``style``: how it imports."""
    count = rng.randint(3, 6)
    modules = [f"m{number}" for number in range(count)]
    drawn = Drawn({module: [] for module in modules}, [], [])
    for index in reversed(range(count)):
        for number in range(rng.randint(2, 4)):
            later = [piece for piece in drawn.pieces if piece.module != modules[index]]
            own = [piece for piece in drawn.pieces if piece.module == modules[index]]
            piece = Piece(modules[index], f"{modules[index]}_{number}", "")
            _write(rng, drawn, piece, rng.sample(later + own, min(len(later + own), 2)), style)
            drawn.pieces.append(piece)
    entry = Piece(modules[0], "entry", "")
    _write(rng, drawn, entry, rng.sample(drawn.pieces, 2), style, shape="def")
    drawn.pieces.append(entry)
    return drawn


def _write(
    rng: random.Random,
    drawn: Drawn,
    piece: Piece,
    used: list[Piece],
    style: str,
    shape: str | None = None,
) -> None:
    """Write the text of a piece that uses others. Each is a function without arguments."""
    calls = [f"{_use(rng, drawn, piece, each, style)}()" for each in used]
    piece.uses = [each.name for each in used]
    total = " + ".join(["#", *calls])
    shapes = ["def", "lambda", "nested", "class", "default", "comprehension", "local", "decorated"]
    if style == WILD:
        shapes += ["constant", "registered", "global", "inherited"]
    shape = shape or rng.choice(shapes)
    piece.runs = shape in ("constant", "registered") or (shape == "default" and bool(calls))
    piece.text = _SHAPES[shape].format(n=piece.name, t=total)


_SHAPES = {
    "def": "def {n}():\n    '''Say.'''\n    return {t}\n",
    "lambda": "{n} = lambda: {t}\n",
    "nested": "def {n}():\n    def inner(x):\n        return x + {t}\n    return inner(0)\n",
    "class": "class _{n}:\n    def get(self): return {t}\ndef {n}(): return _{n}().get()\n",
    "default": "def {n}(x={t}):\n    return x\n",
    "comprehension": "def {n}():\n    return sum([x + {t} for x in (1, 2)])\n",
    "local": "def {n}():\n    x = {t}\n    return x\n",
    "decorated": "import functools\n@functools.lru_cache(maxsize=None)\ndef {n}(): return {t}\n",
    "constant": "_{n} = {t}\ndef {n}(): return _{n}\n",
    "registered": ("_r_{n} = dict()\n_r_{n}['x'] = lambda: {t}\ndef {n}(): return _r_{n}['x']()\n"),
    "global": (
        "_g_{n} = 0\ndef _s_{n}():\n    global _g_{n}\n    _g_{n} = {t}\n"
        "def {n}():\n    _s_{n}()\n    return _g_{n}\n"
    ),
    "inherited": (
        "class _b_{n}:\n    def get(self): return self.more()\n"
        "class _{n}(_b_{n}):\n    def more(self): return {t}\n"
        "def {n}(): return _{n}().get()\n"
    ),
}


def _use(rng: random.Random, drawn: Drawn, piece: Piece, used: Piece, style: str) -> str:
    """Write an import of what is used, and return how it is then called."""
    if used.module == piece.module:
        return used.name
    ways = _PLAIN_WAYS + (_WILD_WAYS if style == WILD else ())
    line, expression = rng.choice(ways)
    names = {
        "m": f"{drawn.package}.{used.module}",
        "p": drawn.package,
        "a": used.module,
        "n": used.name,
    }
    if line == "IN":
        text = (
            f"def {used.name}_in():\n    from .{used.module} import {used.name} as f\n    return f"
        )
        drawn.modules[piece.module].append(text)
    else:
        drawn.modules[piece.module].append(line.format(**names))
    if "_r" in line or "_p" in line:
        export = f"from .{used.module} import {used.name}"
        export = f"from . import {used.module}" if "_p" in line else export
        if export not in drawn.exports:
            drawn.exports.append(export)
    return expression.format(**names)
