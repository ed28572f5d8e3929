"""What the texts of one target refer to: checked, and tracked.

Knows placeholders, params, and the names that files have. Does not know paths, nor what runs.

Invariant: a param or a variable that a text refers to is tracked, so that no change of one
goes unnoticed.
"""

from __future__ import annotations

from jobmake.jobfile.params import find, leaves
from jobmake.model.bindings import FILE_ROOTS, ROOTS, scalars, scope_value, text_of
from jobmake.tools.hints import did_you_mean
from jobmake.tools.template import Placeholder, TemplateError, parse, placeholders
from jobmake.tools.tomltext import key as toml_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.target import Scope


class Tracking:
    """The params (dotted name to value) and variables that texts refer to, so far.

    ``roles`` gives the names of a target's inputs, sources or outputs, in order.
    """

    def __init__(
        self,
        scope: Scope,
        problems: Problems,
        roles: Callable[[str], Iterable[str]],
        variables: Iterable[str],
    ) -> None:
        self._scope, self._problems, self._roles = scope, problems, roles
        self.params: dict[str, Any] = {}
        self.variables: dict[str, None] = dict.fromkeys(variables)

    def name(self, dotted: str, place: Path) -> None:
        """Track a param that is named."""
        found = find(self._scope.params, dotted)
        if found is not None:
            self.params.update(leaves(*found))
            return
        params = self._scope.params.items()
        known = [path for key, value in params for path, _ in leaves(key, value)]
        hint = did_you_mean(dotted, known)
        self._problems.value(place, f"there is no param `{dotted}`", hint, dotted)

    def text(self, place: Path, text: str, *, typed: bool = False) -> None:
        """Check one text, and track what it refers to. ``typed``: where it is one placeholder,
        it stands for the value itself, whatever that is."""
        errors: list[TemplateError] = []
        template = parse(text, ROOTS, errors)
        whole = typed and len(template) == 1
        for placeholder in placeholders(template):
            try:
                self._check(placeholder, is_text=not (whole and not placeholder.spec))
            except TemplateError as error:
                errors.append(error)
        for wrong in errors:
            self._problems.value(place, wrong.message, wrong.hint, wrong.text)

    def _check(self, placeholder: Placeholder, *, is_text: bool) -> None:
        root, steps = placeholder.root, placeholder.steps
        if root in FILE_ROOTS:
            self._check_role(placeholder)
        elif root == "env" and steps:
            # whether it is set is seen when the target is judged, not in a listing
            self.variables[str(steps[0])] = None
        elif root in ("params", "matrix", "each", "env"):
            value = scope_value(placeholder, self._scope, {})
            for one in scalars(placeholder, value) if is_text else ():
                text_of(placeholder, one)
            if root == "params":
                self._track_steps(steps)

    def _track_steps(self, steps: tuple[str | int, ...]) -> None:
        """Track the param that a placeholder names; of a list, the whole list counts."""
        names = []
        for step in steps:
            if isinstance(step, int):
                break
            names.append(toml_key(step))
        found = find(self._scope.params, ".".join(names))
        if found is not None:
            self.params.update(leaves(*found))

    def _check_role(self, placeholder: Placeholder) -> None:
        if not placeholder.steps:
            return
        step, root = placeholder.steps[0], placeholder.root
        known = dict.fromkeys(self._roles(root))
        if len(placeholder.steps) > 1 or (
            step >= len(known) if isinstance(step, int) else step not in known or step.isdigit()
        ):
            named = [role for role in known if not role.isdigit()]
            raise TemplateError(
                f"`{placeholder.text}`: the target has no such entry in `{root}`",
                placeholder.text,
                did_you_mean(str(step), named)
                or (f"it has {', '.join(f'`{name}`' for name in named)}" if named else None),
            )
