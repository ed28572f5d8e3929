"""Bugs that somebody could put into jobmake: what is in the way of each, replaced by what is not.

Knows texts of the sources and which tests should notice first. Each bug is one of a kind that other
tools have, or had.
"""

from __future__ import annotations

from dataclasses import dataclass

_EDITS = "tests/features/test_random_edits.py"
_FRESH = "tests/features/test_freshness.py"


@dataclass(frozen=True, slots=True)
class Bug:
    """In ``file`` the text ``old`` becomes ``new``; ``tests`` are run before all others."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


BUGS = [
    # -- what is written, and when ------------------------------------------------------------
    Bug(
        "no fsync of a file",
        "jobmake/tools/atomic.py",
        "                os.fsync(descriptor)\n        finally:",
        "                pass\n        finally:",
        ("tests/tools/test_atomic.py", "tests/faults/test_power_cut.py"),
    ),
    Bug(
        "no fsync of a folder",
        "jobmake/tools/atomic.py",
        "        sync_folder(folder)",
        "        pass",
        ("tests/tools/test_atomic.py", "tests/faults/test_power_cut.py"),
    ),
    Bug(
        "a file written in place",
        "jobmake/tools/atomic.py",
        "        os.rename(temporary, path)",
        '        open(path, "wb").write(open(temporary, "rb").read())',
        ("tests/tools/test_atomic.py", "tests/faults"),
    ),
    Bug(
        "the record is not forgotten",
        "jobmake/engine/runs.py",
        "        records.start(target.name, run_id, self._logbook.now(), sight.fingerprint.digest)",
        "        pass",
        ("tests/features/test_random_kills.py", "tests/features/test_kill.py"),
    ),
    Bug(
        "a failed run is recorded",
        "jobmake/engine/runs.py",
        "        if not outcome.ok:",
        "        if False:",
        ("tests/features/test_failures.py",),
    ),
    Bug(
        "half an output stays after a failure",
        "jobmake/engine/runs.py",
        "            outputs.set_aside(target, self._judge.files, aside)",
        "            pass",
        ("tests/features/test_failures.py",),
    ),
    Bug(
        "the lockfile is overwritten blindly",
        "jobmake/memory/records.py",
        "        if on_disk != self._loaded:",
        "        if False:",
        ("tests/features/test_lockfile_in_git.py",),
    ),
    # -- what is noticed ----------------------------------------------------------------------
    Bug(
        "inputs are looked at once",
        "jobmake/engine/meanwhile.py",
        "            found = self._changed(saw.fingerprint, sight.fingerprint)",
        "            found, stamps = None, sight.stamps(self._judge.files)",
        ("tests/features/test_changing_inputs.py",),
    ),
    Bug(
        "params do not count",
        "jobmake/engine/jobfile_parts.py",
        '        yield "param", name, told(text, target.family, name)',
        "        pass",
        ("tests/features/test_params.py",),
    ),
    Bug(
        "variables do not count",
        "jobmake/engine/jobfile_parts.py",
        '        yield "env", f"${name}", shown',
        "        pass",
        ("tests/features/test_params.py",),
    ),
    Bug(
        "what a target needs no more does not count",
        "jobmake/checks/content.py",
        "for key in {**old, **new} if",
        "for key in new if",
        ("tests/features/test_params.py", "tests/features/test_needs.py"),
    ),
    Bug(
        "what a target needs anew does not count",
        "jobmake/checks/content.py",
        "for key in {**old, **new} if",
        "for key in old if",
        ("tests/features/test_why.py", "tests/features/test_needs.py"),
    ),
    Bug(
        "an edited output is kept",
        "jobmake/checks/content.py",
        "        elif actual[path] != digest:",
        "        elif False:",
        (_FRESH, _EDITS),
    ),
    Bug(
        "an output that is gone is not missed",
        "jobmake/checks/content.py",
        "            elif not pattern.temp:",
        "            elif False:",
        (_FRESH, _EDITS),
    ),
    Bug(
        "a command need not make its outputs",
        "jobmake/engine/outputs.py",
        "    if missing:",
        "    if False:",
        ("tests/features/test_failures.py",),
    ),
    Bug(
        "old outputs stay for the next run",
        "jobmake/engine/outputs.py",
        "                remove(full)\n",
        "                pass\n",
        ("tests/features/test_files.py",),
    ),
    # -- files --------------------------------------------------------------------------------
    Bug(
        "only mtime and size are looked at",
        "jobmake/memory/stamps.py",
        "        status.st_ctime_ns,",
        "        0,",
        ("tests/memory", _FRESH),
    ),
    Bug(
        "a young file is trusted",
        "jobmake/memory/stamps.py",
        "    return max(status.st_mtime_ns, status.st_ctime_ns) <= now - int(margin * 1e9)",
        "    return True",
        ("tests/memory",),
    ),
    Bug(
        "a file that changes while it is read",
        "jobmake/memory/files.py",
        "            if signature(before) == signature(after):",
        "            if True:",
        ("tests/memory/test_files.py",),
    ),
    Bug(
        "the executable bit does not count",
        "jobmake/tools/digest.py",
        '    return _EXECUTABLE if mode & 0o100 else ""',
        '    return ""',
        ("tests/memory/test_files.py",),
    ),
    Bug(
        "a link leads a write out of the project",
        "jobmake/engine/outputs.py",
        "    if real != real_root and not real.startswith(real_root + os.sep):",
        "    if False:",
        (_FRESH,),
    ),
    # -- damage -------------------------------------------------------------------------------
    Bug(
        "a damaged line of the journal is believed",
        "jobmake/memory/journal.py",
        ' or checksum.decode("ascii", "replace") != xxh3_64_hexdigest(payload)',
        "",
        ("tests/memory/test_journal.py",),
    ),
    Bug(
        "a record is believed that is not whole",
        "jobmake/memory/lockfile.py",
        "    return record if record.seal == claimed else None",
        "    return record",
        ("tests/memory/test_lockfile.py",),
    ),
    Bug(
        "a damaged index is believed",
        "jobmake/memory/index.py",
        " if state.digest() == first[len(_MAGIC) : -_LENGTH] else None",
        "",
        ("tests/memory/test_index.py",),
    ),
    Bug(
        "what the cache gives back is not verified",
        "jobmake/caches/objects.py",
        "                if digest_bytes(data) != wanted:",
        "                if False:",
        ("tests/caches/test_disk.py",),
    ),
    # -- others at the same time, and processes --------------------------------------------------
    Bug(
        "two builds at once",
        "jobmake/memory/lock.py",
        "            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "            pass",
        ("tests/features/test_concurrent_builds.py",),
    ),
    Bug(
        "a lock file that was replaced is held",
        "jobmake/memory/lock.py",
        "        return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)",
        "        return True",
        ("tests/features/test_concurrent_builds.py",),
    ),
    Bug(
        "the lock file is removed by who held it",
        "jobmake/memory/lock.py",
        "            os.close(self._descriptor)\n",
        "            os.unlink(self._path)\n            os.close(self._descriptor)\n",
        ("tests/features/test_concurrent_builds.py",),
    ),
    Bug(
        "a run ends with what it left behind",
        "jobmake/tools/family.py",
        "            if time.monotonic() < run.patience_ends():",
        "            if left:",
        ("tests/executors/test_local_leftovers.py",),
    ),
    Bug(
        "what leaves its session outlives the build",
        "jobmake/tools/reaper.py",
        "        linux.set_child_subreaper()\n",
        "",
        ("tests/tools/test_reaper.py", "tests/executors"),
    ),
    Bug(
        "runs outlive a build that is killed",
        "jobmake/tools/reaper.py",
        "        self._family.end_all()",
        "        pass",
        ("tests/tools/test_reaper.py", "tests/executors"),
    ),
    Bug(
        "events that are lost are not missed",
        "jobmake/watch/notify.py",
        "    if mask & _C.IN_Q_OVERFLOW:",
        "    if False:",
        ("tests/watch/test_lost_and_short.py",),
    ),
    Bug(
        "values are not quoted in commands",
        "jobmake/tools/shellwords.py",
        ' if text.startswith("=") and quote(text) == text else quote(text)',
        ' if text.startswith("=") else text',
        ("tests/tools/test_shellwords.py",),
    ),
    Bug(
        "control sequences reach the terminal",
        "jobmake/tools/display.py",
        '_SEQUENCE.sub("", text)',
        "text",
        ("tests/tools/test_display.py",),
    ),
    Bug(
        "the parser is given any text",
        "jobmake/tools/tomlguard.py",
        "    refuse_hostile(data)\n    try:",
        "    try:",
        ("tests/tools/test_tomlguard.py",),
    ),
]
