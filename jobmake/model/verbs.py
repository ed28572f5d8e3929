"""The verbs of the command line, each with one line of what it does.

Here, below all that needs to know them: a plugin's command cannot have the name of one.
"""

from __future__ import annotations

VERBS = {
    "build": "bring targets up to date",
    "watch": "build, then build again what every edit reaches",
    "status": "say what is stale; with --check by the exit code too",
    "why": "say why a target would run",
    "list": "show the targets",
    "graph": "show who needs whom",
    "show": "show all that is known of a target, or of a past run",
    "runs": "show past runs: when, how long, how they ended, why",
    "log": "show what the last run of a target wrote",
    "whence": "say which run made a file, also one that was copied or renamed",
    "what-if": "say what a change would make stale, and how long that would take",
    "clean": "remove what targets made",
    "accept": "record targets as up to date with what is on the disk",
    "lock": "write the lockfile anew; check it; merge it for git",
    "cache": "say what is kept of outputs, check it, or clear it",
    "gc": "make room: trim the cache, remove folders of old runs",
    "plugins": "show the plugins that are used, and what each contributes",
    "doctor": "look for what is odd about the project and this machine",
    "schema": "print a JSON Schema of the Jobfile, for editors",
    "completion": "print a script by which a shell completes what you type",
    "init": "write a small Jobfile to begin with; set up git",
    "import": "write a Jobfile from a dvc.yaml, a Makefile or a build.ninja",
}
