"""What the checks of a target know of the world outside, as parts of its fingerprint; and what
checks find after a run that went well.

Knows what a check may have besides its reasons. Does not know what follows from them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from jobmake.model.decision import Reason
from jobmake.model.errors import TargetError
from jobmake.model.secrets import told
from jobmake.model.settings import filled
from jobmake.tools.template import TemplateError
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobmake.memory.files import Files
    from jobmake.model.contracts import Check, FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import Target


def with_settings(target: Target, environ: Mapping[str, str]) -> Target:
    """Return a target as its checks see it: with all placeholders in their settings filled in.

    Raises TargetError.
    """
    if not target.check_settings:
        return target
    try:
        settings = filled(dict(target.check_settings), target.scope, environ)
    except TemplateError as error:
        raise TargetError(f"a setting of its `check`: {error.message}", error.hint) from None
    return replace(target, check_settings=settings)


def reads_digests(target: Target, checks: Mapping[str, Check]) -> bool:
    """Say whether any check of a target looks at digests of files."""
    return any(getattr(checks[name], "reads_digests", True) for name in target.checks)


def knows_facts(target: Target, checks: Mapping[str, Check]) -> bool:
    """Say whether any check of a target knows facts of the world outside."""
    return any(hasattr(checks[name], "facts") for name in target.checks)


def tells_times(target: Target, checks: Mapping[str, Check]) -> bool:
    """Say whether any check of a target goes by when outputs were written."""
    return any(hasattr(checks[name], "times") for name in target.checks)


def may_be_restored(target: Target, checks: Mapping[str, Check], reasons: Iterable[Reason]) -> bool:
    """Say whether what a run of the same fingerprint made is good for a target that is stale.

    Not where a reason says that it must run; nor where a check knows what is no part of the
    fingerprint: that run may have been before the world outside became what it is.
    """
    blind = any(
        not hasattr(checks[name], "facts") and not getattr(checks[name], "restorable", False)
        for name in target.checks
    )
    return not blind and not any(one.must_run for one in reasons)


def reasons_of(
    check: Check, target: Target, fingerprint: Fingerprint, record: Record | None, view: FileView
) -> Iterator[Reason]:
    """Yield what a check says. Raises TargetError for what is no reason."""
    said = check.reasons(target, fingerprint, record, view)
    for one in (said,) if said is None or isinstance(said, str) else said:
        if not isinstance(one, Reason):
            raise TargetError(
                f"its check `{check.name}` gave `{one!r}`, which is no reason",
                "`reasons` yields, or returns a list of, `jobmake.Reason(kind, name, what)`",
            )
        told = {"kind": one.kind, "name": one.name, "what": one.what}
        told |= {key: text for key in ("old", "new") if (text := getattr(one, key)) is not None}
        for key, text in told.items():
            if not isinstance(text, str):  # a path in it need not be UTF-8
                raise TargetError(
                    f"its check `{check.name}` gave a reason of which `{key}` is no text:"
                    f" `{text!a}`",
                    "`old` and `new` are TOML values, as texts: `'\"1.2\"'`, `'3'`",
                )
        yield one


def _is_text(value: object) -> bool:
    """Say whether this is a text that can be written: surrogates cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def settings_of_facts(
    target: Target, checks: Mapping[str, Check]
) -> Iterator[tuple[str, str, str]]:
    """Yield what the Jobfile says to checks that know facts, as parts: a fact says little without
    what was asked. Placeholders stay; what they stand for counts by itself."""
    for name in target.checks:
        if hasattr(checks[name], "facts"):
            uncounted = getattr(checks[name], "uncounted", ())
            for setting, value in target.check_settings.get(name, {}).items():
                if setting not in uncounted:
                    text = told(toml_value(value), target.family, setting)
                    yield "check", f"{name}[{setting}]", text


def facts_of(
    target: Target, checks: Mapping[str, Check], files: FileView
) -> Iterator[tuple[str, str, str]]:
    """Yield what the checks know, as parts. Raises TargetError where one cannot know it."""
    for name in target.checks:
        ask = getattr(checks[name], "facts", None)
        facts = ask(target, files) if ask else {}
        if not isinstance(facts, Mapping):
            raise TargetError(f"its check `{name}` gave `{facts!r}`, where names of facts must be")
        for fact, text in facts.items():
            if not _is_text(fact):
                raise TargetError(
                    f"its check `{name}` gave a fact by a name that is no text: `{fact!a}`",
                    "the name of the only fact may be empty",
                )
            if not _is_text(text):
                raise TargetError(
                    f"its check `{name}` gave a fact that is no text: `{text!a}`",
                    "facts are compared, recorded and shown as texts",
                )
            yield "check", f"{name}.{fact}" if fact else name, toml_value(text)


def bring_up(target: Target, checks: Mapping[str, Check], view: FileView, files: Files) -> bool:
    """Give outputs that a run, or a restore, left with an old time a new one, where a check
    asks for it; say whether there were any. An input that was written meanwhile may seem older
    then: who calls looks at inputs once more. Links are not followed. Raises TargetError."""
    any_were_old = False
    for name in target.checks:
        ask = getattr(checks[name], "times", None)
        for path, least in ask(target, view).items() if ask else ():
            any_were_old = True
            at = max(files.now_ns() or time.time_ns(), least)
            try:
                os.utime(os.path.join(files.root, path), ns=(at, at), follow_symlinks=False)
            except OSError as error:
                raise TargetError(f"cannot set the time of `{path}`: {error.strerror}") from None
    return any_were_old
