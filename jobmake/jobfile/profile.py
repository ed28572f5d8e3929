"""A profile: tables laid over those of a Jobfile, for one occasion.

Invariant: a profile that is not chosen changes nothing; all are checked.
"""

from __future__ import annotations

from jobmake.jobfile.params import merged
from jobmake.model.errors import UsageError
from jobmake.tools.hints import did_you_mean
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.jobfile.declaration import Declarations


def with_profile(declarations: Declarations, name: str | None) -> Declarations:
    """Return what a Jobfile declares with the named profile laid over it, key by key.

    Raises UsageError where there is no such profile.
    """
    if name is None:
        return declarations
    profile = declarations.profiles.get(name)
    if profile is None:
        known = ", ".join(f"`{one}`" for one in declarations.profiles)
        raise UsageError(
            f"there is no profile `{name}`",
            did_you_mean(name, declarations.profiles)
            or (f"there are {known}" if known else "`[profile.NAME]` makes one"),
        )
    project = profile.get("project", {})
    return replace(
        declarations,
        project={**declarations.project, **project},
        params=merged(declarations.params, profile.get("params", {})),
        pools={**declarations.pools, **profile.get("pools", {})},
        cache={**declarations.cache, **profile.get("cache", {})},
        profiled=dict.fromkeys(project, name),
    )
