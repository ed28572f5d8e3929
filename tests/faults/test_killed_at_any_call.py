"""SIGKILL before every call that changes something in the project: the next plain build is right.

Swept are the calls of the process that builds, since it alone decides, forgets and records. The
reaper writes nothing; what runs do is theirs, and their ends are tested in `tests/executors`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest

from tests.amounts import amount
from tests.faults.faulty import Faulty
from tests.faults.sweeping import BEGINNINGS, BUILD, Sweep, at, chosen, first_build
from tests.support import Space


@pytest.mark.case("C01")
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_after_a_kill_at_any_call_the_next_build_is_right(
    beginning: Callable[[Space], None],
    faulty: Faulty,
    record_property: Callable[[str, object], None],
) -> None:
    sweep = Sweep(faulty, beginning)
    for call in chosen(sweep.calls, amount(4, len(sweep.calls))):
        with at(call):
            told = sweep.run(call)
            # what is there is saved by the clock: a quicker build may end before its last calls
            assert told.code == -9 or call.number > len(sweep.calls) * 2 // 3
            sweep.check(told)
    record_property("figures", sweep.figures)


# what of the kernel's calls changes nothing, or is one of another name
_OPENS_TO_READ = re.compile(r"openat?\(.*O_RDONLY(?!\|O_CREAT)")
_NAMES = {"openat": "open", "pwrite64": "pwrite", "unlinkat": "unlink", "mkdirat": "mkdir",
          "renameat2": "rename", "symlinkat": "symlink", "fchmodat": "chmod"}  # fmt: skip
_CHANGES = (
    "open,openat,creat,write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,"
    "unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate,ftruncate,chmod,"
    "fchmod,fchmodat,chown,fchown,lchown,fchownat,utimensat,copy_file_range,sendfile,fallocate,"
    "mknod,mknodat,setxattr,fsetxattr"
)


@pytest.mark.case("C01")
def test_the_calls_that_are_swept_are_all_kinds_that_the_kernel_sees(faulty: Faulty) -> None:
    first_build(faulty.space)
    root = faulty.space.root
    trace = root.with_name("trace")
    under = ("strace", "-y", "-s", "0", "-o", str(trace), "-e", f"trace={_CHANGES}")

    calls = faulty.calls(*BUILD, under=under)

    seen = list(_in_project(trace.read_text(), str(root)))
    assert seen == [(call.name, os.path.normpath(call.path)) for call in calls]


def _in_project(trace: str, root: str) -> Iterator[tuple[str, str]]:
    """Yield name and path of the traced calls on files of the project."""
    for line in trace.splitlines():
        name, _, rest = line.partition(" = ")[0].partition("(")
        folder = re.search("<([^>]+)>", rest)
        paths = re.findall('"([^"]+)"', rest)
        path = os.path.join(folder[1] if folder else "", *paths[-1:])
        if f"{path}/".startswith(f"{root}/") and not _OPENS_TO_READ.match(line):
            yield _NAMES.get(name, name), os.path.relpath(path, root)
