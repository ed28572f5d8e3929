"""What there is room for: runs at once, pools, memory, devices.

Knows how much there is of each and how much is taken. Does not know who waits for it
(`queue`).

Invariant: never is more taken than there is.
"""

from __future__ import annotations

import os

from jobmake.model.errors import TargetError
from jobmake.tools.quantities import size_text
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.model.target import Target

CPU, MEMORY, GPU = "cpu", "memory", "gpu"
_TERMINAL = "the terminal"  # no pool of the Jobfile can be called so

Amounts = tuple[tuple[str, int], ...]


class Grant(Value):
    """What one run was given: amounts by name, and which devices."""

    amounts: Amounts
    devices: tuple[str, ...] = ()

    @property
    def cpus(self) -> int:
        """How many of the runs at once it counts for."""
        return dict(self.amounts).get(CPU, 0)


class Slots:
    """``jobs`` is how many runs go on at once, ``pools`` how much there is of what the Jobfile
    names, ``devices`` the ids of the machine's graphics processors."""

    def __init__(self, jobs: int, pools: Mapping[str, int], devices: tuple[str, ...] = ()) -> None:
        count = pools.get(GPU, len(devices))
        self._devices = list(devices[:count]) or [str(number) for number in range(count)]
        self._total = {MEMORY: _memory(), **pools, GPU: len(self._devices), CPU: jobs, _TERMINAL: 1}
        self._free = dict(self._total)

    @property
    def jobs(self) -> int:
        """How many runs go on at once."""
        return self._total[CPU]

    @property
    def is_full(self) -> bool:
        """Whether as many runs go on as may."""
        return not self._free[CPU]

    def amounts(self, target: Target) -> Amounts:
        """Return what a run of the target takes up. Raises TargetError if there is never as
        much; of the runs at once, it then takes all."""
        demands = target.demands
        wanted = {CPU: 1, **dict.fromkeys(demands.pools, 1), **dict(demands.resources)}
        if target.manner.interactive:
            wanted[_TERMINAL] = 1
        wanted[CPU] = min(wanted[CPU], self._total[CPU])
        for name, amount in wanted.items():
            if amount > self._total.get(name, 0):
                there = self._total.get(name, 0)
                shown = (size_text(amount), size_text(there)) if name == MEMORY else (amount, there)
                raise TargetError(
                    f"it needs {shown[0]} of `{name}`, and there is {shown[1]}",
                    f"`[pools]` of the Jobfile can say how much there is: `{name} = …`",
                )
        return tuple(wanted.items())

    def short_of(self, amounts: Amounts) -> str | None:
        """Return the name of what there is too little of now, or None."""
        for name, amount in amounts:
            if amount > self._free[name]:
                return name
        return None

    def take(self, amounts: Amounts) -> Grant:
        """Take what is free."""
        for name, amount in amounts:
            self._free[name] -= amount
        count = dict(amounts).get(GPU, 0)
        devices, self._devices = self._devices[:count], self._devices[count:]
        return Grant(amounts, tuple(devices))

    def free(self, grant: Grant) -> None:
        """Give back what a run was given."""
        for name, amount in grant.amounts:
            self._free[name] += amount
        self._devices = sorted([*self._devices, *grant.devices])


def devices_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the graphics processors that we may use."""
    told = environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return tuple(filter(None, (one.strip() for one in told.split(","))))
    try:
        names = os.listdir("/dev")
    except OSError:
        return ()
    found = sorted(int(name[6:]) for name in names if name[:6] == "nvidia" and name[6:].isdigit())
    return tuple(map(str, found))


def _memory() -> int:
    """Return the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
