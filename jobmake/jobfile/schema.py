"""Every key of a Jobfile: what it may hold and what it is for.

The one list of keys: unknown-key errors, type errors, the JSON Schema and the documents'
test rest on it. What a value means is not known here.
"""

from __future__ import annotations

from jobmake.jobfile import axes, forms, kinds
from jobmake.tools.regex import regex
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.jobfile.kinds import Kind

TARGET_NAME = regex(r"[\w.-]+")


class Key(Value):
    """One key: the kind of value given for it, and one line of what it is for."""

    kind: Kind
    doc: str


TOP_KEYS = {
    "project": Key(kinds.table, "settings of the project"),
    "params": Key(kinds.table, "values that commands and paths refer to, by `{params.NAME}`"),
    "pools": Key(kinds.amounts, "how many runs at once may use what there is little of"),
    "cache": Key(kinds.table, "where outputs are kept to be restored, and how many"),
    "plugin": Key(kinds.table, "settings of the plugins, one table each: `[plugin.NAME]`"),
    "profile": Key(kinds.table, "settings for one occasion: `--profile NAME` lays them over"),
    "target": Key(kinds.table, "the targets, one table each: `[target.NAME]`"),
}

PROJECT_KEYS = {
    "name": Key(kinds.text, "the project's name, for people"),
    "default": Key(kinds.texts, "what a bare `jobmake build` builds; absent: every target"),
    "params_files": Key(
        kinds.texts, "files with params in TOML, JSON or YAML; `[params]` goes before"
    ),
    "include": Key(kinds.texts, "further Jobfiles; their targets are named after their folders"),
    "shell": Key(kinds.text, "what a text of `run` is given to, before `-c`: `bash -eo pipefail`"),
    "check": Key(forms.checks, "what makes targets stale that do not say it: `content`"),
    "jobs": Key(kinds.texts, "Python files: each Job class in them is a target"),
    "python_path": Key(kinds.texts, "folders in which Python modules are looked for, after `.`"),
    "reports": Key(kinds.texts, "what is written about each build: `junit=build/junit.xml`"),
    "input_directory": Key(kinds.text, "where Python jobs import data from; it does not count"),
    "plugins": Key(kinds.texts, "plugins: installed ones by name, Python files of the project"),
    "executor": Key(kinds.text, "where runs execute: `local`, or what a plugin brings"),
}

PROFILE_KEYS = {
    "params": Key(kinds.table, "params laid over those of the Jobfile"),
    "pools": Key(kinds.amounts, "pools laid over those of the Jobfile"),
    "cache": Key(kinds.table, "settings of `[cache]` laid over those of the Jobfile"),
    "project": Key(kinds.table, "settings of `[project]` laid over those of the Jobfile"),
}

CACHE_KEYS = {
    "enabled": Key(kinds.boolean, "whether outputs are kept and restored"),
    "folder": Key(kinds.text, "where they are kept; clones may share one"),
    "size": Key(kinds.size_of, "how much is kept at most: `10 GiB`"),
    "kind": Key(kinds.text, "what kind of cache it is: `disk`, or what a plugin brings"),
}

ACTIONS = ("run", "argv", "python", "type")
# which job type an action is of; that of `type` is the one that it names
JOB_TYPES = {"run": "shell", "argv": "shell", "python": "python"}

TARGET_KEYS = {
    "doc": Key(kinds.text, "one line on what the target is, for `jobmake list`"),
    "run": Key(kinds.text_or_texts, "what the shell runs: a text, or several that run in turn"),
    "argv": Key(kinds.words, "a command and its arguments, without a shell"),
    "python": Key(kinds.spec, "a Job class or a function: `package.module:Name`"),
    "type": Key(kinds.text, "a job type of a plugin, by its name; its settings are `with`"),
    "with": Key(kinds.table, "the settings of the `type`; they may hold placeholders"),
    "inputs": Key(kinds.files, "files, folders (`data/`), globs, `@target`: their content counts"),
    "sources": Key(kinds.files, "the same, for code"),
    "outputs": Key(kinds.outputs, "files, folders (`out/`), globs over a folder of its own"),
    "needs": Key(kinds.texts, "targets that come first and whose result counts"),
    "after": Key(kinds.texts, "targets that only come first"),
    "params": Key(kinds.param_names_or_table, "params the command reads by itself, or own values"),
    "env": Key(kinds.variables, "environment variables to set; their values count"),
    "env_inputs": Key(kinds.texts, "environment variables the command reads; their values count"),
    "imports": Key(kinds.imports, "`auto`: project code that a Python script imports counts"),
    "runtime": Key(kinds.table, "values for a Job that do not count: attributes, no params"),
    "hermetic": Key(kinds.boolean, "whether the command sees only the variables named here"),
    "probes": Key(kinds.texts, "commands whose output counts: `gcc --version`"),
    "files": Key(kinds.text_table, "small files to write before the run, by path"),
    "depfile": Key(kinds.text, "a depfile that the command writes: what it names counts"),
    "matrix": Key(axes.matrix, "one instance of the target per combination of values"),
    "each": Key(axes.each, "one instance of the target per file: of a glob, of `@target`"),
    "check": Key(
        forms.checks, "what makes it stale: `content`, `timestamps`, `exists`, a plugin's"
    ),
    "always": Key(kinds.boolean, "whether it runs in every build"),
    "max_age": Key(kinds.duration, "how old its last good run may be"),
    "version": Key(kinds.text, "a text of your own that counts: change it to rebuild"),
    "cwd": Key(kinds.text, "the folder the command runs in"),
    "shell": Key(kinds.text, "what a text of `run` is given to, before `-c`"),
    "interpreter": Key(kinds.text, "the program for which each text of `run` is a script"),
    "interactive": Key(kinds.boolean, "whether the run has the terminal for itself"),
    "isolated": Key(kinds.boolean, "whether it runs in a folder with its declared inputs only"),
    "capture": Key(kinds.capture, "`stdout`: what it writes there is the target's value"),
    "pool": Key(kinds.text_or_texts, "the pools of which a run takes a place"),
    "resources": Key(kinds.amounts, 'what a run takes up: `{ cpu = 4, memory = "2 GiB" }`'),
    "priority": Key(kinds.integer, "what is higher goes first"),
    "timeout": Key(kinds.duration, "how long a run may take"),
    "retries": Key(kinds.count, "how often a failed run is tried again"),
    "retry_delay": Key(kinds.duration, "how long to wait before that; doubles each time"),
    "ok_codes": Key(kinds.codes, "the exit codes that mean success"),
    "service": Key(kinds.boolean, "whether it goes on while those that need it run"),
    "ready": Key(forms.ready, "when a service is: a port, a command, or a line of its output"),
    "allow_failure": Key(kinds.boolean, "whether the build is good though this target fails"),
    "keep": Key(kinds.boolean, "whether outputs stay in place when a run begins"),
    "temp": Key(kinds.boolean, "whether outputs are removed after their last user"),
    "cache": Key(kinds.boolean, "whether outputs are kept in the cache"),
    "publish": Key(forms.publish, "where outputs are to be found, too: by a link, or as a copy"),
    "tags": Key(kinds.texts, "words to choose targets by: `jobmake build --tag slow`"),
}
