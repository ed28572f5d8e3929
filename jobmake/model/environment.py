"""The environment of a command: what it inherits, what its target sets, what jobmake tells it.

Knows the names of the variables. Does not know how commands run.

Invariant: what jobmake tells is last, so that nothing else can pretend to be it.
"""

from __future__ import annotations

import posixpath

from jobmake.model.bindings import PATH_ROOTS, ROOTS, filled
from jobmake.model.errors import TargetError
from jobmake.tools.template import TemplateError, parse, placeholders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.model.bindings import Bindings
    from jobmake.model.target import Target

# what a hermetic command sees of jobmake's own environment, and all that begins with LC_
HERMETIC = frozenset(
    "PATH HOME LANG TMPDIR TZ USER LOGNAME TERM SHELL".split()  # noqa: SIM905
)
HELD = "JOBMAKE_LOCK_HELD"  # the projects that are being built by those who wait for the run

TMP = "JOBMAKE_TMP"  # only the executor can tell where it is


def environment(bindings: Bindings) -> dict[str, str]:
    """Return the whole environment of one run. Raises TargetError."""
    target = bindings.target
    variables = inherited(target, bindings.environ)
    variables.pop(TMP, None)
    for name, text in target.env:
        variables[name] = _value(name, text, bindings)
    # a build of this project would wait for us, and we for it; so of those that wait for us
    held = bindings.environ.get(HELD, "").split("\n")
    variables |= {
        "JOBMAKE_RUN_ID": posixpath.basename(bindings.run_dir),
        "JOBMAKE_TARGET": target.name,
        "JOBMAKE_FINGERPRINT": bindings.fingerprint,
        "JOBMAKE_ATTEMPT": str(bindings.attempt),
        "JOBMAKE_ROOT": bindings.root,
        "JOBMAKE_CPUS": str(bindings.cpus),
        HELD: "\n".join(filter(None, (*held, bindings.project))),
    }
    if bindings.devices:
        variables["CUDA_VISIBLE_DEVICES"] = ",".join(bindings.devices)
    return variables


def early_environment(bindings: Bindings) -> dict[str, str]:
    """Return what is known of it before there is a run: nothing that names files."""
    variables = inherited(bindings.target, bindings.environ)
    for name, text in bindings.target.env:
        if all(part.root in PATH_ROOTS for part in placeholders(parse(text, ROOTS))):
            variables[name] = _value(name, text, bindings)
    return variables


def inherited(target: Target, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a target's command sees of the environment of jobmake."""
    if not target.manner.hermetic:
        return dict(environ)
    return {
        name: value
        for name, value in environ.items()
        if name in HERMETIC or name.startswith("LC_") or name in target.env_inputs
    }


def _value(name: str, text: str, bindings: Bindings) -> str:
    try:
        return filled(text, bindings)
    except TemplateError as error:
        raise TargetError(f"`env.{name}`: {error.message}", error.hint) from None
