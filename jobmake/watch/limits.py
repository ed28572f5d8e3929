"""Where the kernel's word does not reach, and how that is said.

Knows the kernel's limits and its table of mounts. Does not know what is watched.
"""

from __future__ import annotations

import os

MOUNTS = "/proc/self/mountinfo"
# others write there, too, and this machine's kernel does not hear of it
_SHARED = ("9p", "afs", "ceph", "cifs", "fuse.grpcfuse", "fuse.sshfs", "glusterfs", "lustre",
           "ncpfs", "nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
           "fuse.vmhgfs-fuse", "drvfs")  # fmt: skip
_INSTEAD = "files are looked at every second or so instead"


def too_few(what: str) -> str:
    """Say that there are no more `watches`, or `instances`, and which limit that is."""
    limits = []
    for name in (f"user.max_inotify_{what}", f"fs.inotify.max_user_{what}"):
        try:
            with open("/proc/sys/" + name.replace(".", "/"), encoding="ascii") as file:
                limits.append((int(file.read()), name))
        except (OSError, ValueError):
            continue
    least = f" (`{min(limits)[1]}` is {min(limits)[0]})" if limits else ""
    return f"no more inotify {what} are left{least}: {_INSTEAD}"


def shared(root: str, mounts: str = MOUNTS) -> str | None:
    """Say that a folder is on a file system on which others write unheard; None if not."""
    try:
        device = os.stat(root).st_dev
        with open(mounts, encoding="utf-8", errors="replace") as file:
            lines = [line.split() for line in file]
    except OSError:
        return None
    number = f"{os.major(device)}:{os.minor(device)}"
    for words in lines:
        if words[2] == number:
            kind = words[words.index("-") + 1]
            if kind in _SHARED:
                return (
                    f"the project is on a file system of kind {kind}, which tells nothing of"
                    f" what other machines write: {_INSTEAD}"
                )
    return None
