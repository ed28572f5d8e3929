"""What the Jobfile says of a target, and the values of params and variables, as parts of its
fingerprint.

Looks at no file. Does not know what follows from a part.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.model.declared import Given
from jobmake.model.fingerprint import UNSET
from jobmake.model.secrets import told
from jobmake.model.target import Manner
from jobmake.tools.digest import digest_texts
from jobmake.tools.tomltext import value as toml_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.model.contracts import JobType
    from jobmake.model.target import Target

_USUAL = Manner()


def action_digest(target: Target, job_types: Mapping[str, JobType]) -> str:
    """Digest what runs, where, and which file plays which role; `{root}` stays as it is."""
    kind = job_types[target.job_type or ""]
    texts = [kind.name, kind.version, target.cwd]
    for place, text in kind.texts(target.settings):
        if place[0] != "with":  # a part of its own
            texts += [".".join(map(str, place)), text]
    texts += kind.more(target.settings)
    for label, patterns in (
        ("inputs", target.inputs), ("sources", target.sources), ("outputs", target.outputs),
    ):  # fmt: skip
        for one in patterns:
            texts += [label, one.role, one.kind, one.path]
    for need in target.needs:
        texts += ["need", need]
    if target.depfile is not None:
        texts += ["depfile", target.depfile]
    return digest_texts((*texts, *_manner_texts(target.manner)))


def value_parts(target: Target, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield params, and variables set and read; secrets hidden."""
    for name, value in target.params:
        text = value.text if isinstance(value, Given) else toml_value(value)
        yield "param", name, told(text, target.family, name)
    for name, text in target.env:
        yield "env", name, told(toml_value(text), target.family, name)
    for name in target.env_inputs:
        value = environ.get(name)
        shown = UNSET if value is None else told(_variable(value), target.family, name)
        yield "env", f"${name}", shown


@lru_cache(maxsize=256)  # most targets of a Jobfile are alike in this
def _manner_texts(manner: Manner) -> tuple[str, ...]:
    """Return how an action runs as far as somebody chose it; who has the terminal is no part."""
    labels = ("shell", "interpreter", "files", "capture", "hermetic", "isolated", "ok_codes")
    chosen = ((label, getattr(manner, label)) for label in labels)
    return tuple(
        text
        for label, value in chosen
        if value != getattr(_USUAL, label)
        for text in (f"manner.{label}", repr(value))
    )


def _variable(value: str) -> str:
    """An environment may hold bytes that are no text."""
    return toml_value(value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
