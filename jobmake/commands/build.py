"""`jobmake build`: bring targets up to date."""

from __future__ import annotations

import os

from jobmake.commands.context import Context, write
from jobmake.model import events
from jobmake.model.errors import Ended
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from jobmake.model.decision import Outlook
    from jobmake.model.events import Event
    from jobmake.project import Project
    from jobmake.reporters.several import Several

    Emitting = Callable[[Callable[[Event], None]], Callable[[Event], None]]


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb; ``default`` looks an option up in the environment."""
    add_building(parser, default)
    add = parser.add_argument
    add("-k", "--keep-going", action="store_true", default=default("KEEP_GOING", False),
        help="after a failure go on with all that does not depend on it")  # fmt: skip
    add("-B", "--force", action="store_true", default=default("FORCE", False),
        help="run all wanted targets, up to date or not")  # fmt: skip
    add("-n", "--dry-run", action="store_true", default=default("DRY_RUN", False),
        help="say what would run, and run nothing")  # fmt: skip
    add("--failed", action="store_true",
        help="build only what failed the last time, and what waited for it")  # fmt: skip
    add("--locked", action="store_true", default=default("LOCKED", False),
        help="fail rather than change the lockfile")  # fmt: skip
    add("--pdb", action="store_true",
        help="run the named Python jobs on the terminal, and debug what they raise")  # fmt: skip
    add("--shuffle", metavar="SEED", default=default("SHUFFLE", None),
        help="start what is ready in an order that SEED makes")  # fmt: skip
    add("--no-wait", action="store_true", default=default("NO_WAIT", False),
        help="fail, with exit code 3, if another build holds the project")  # fmt: skip
    add("--timings", action="store_true",
        help="say at the end where jobmake's time went")  # fmt: skip
    add("--profile", nargs="?", const="", metavar="PROFILE", default=default("PROFILE", None),
        help="lay `[profile.NAME]` over the Jobfile; without a name: --timings")  # fmt: skip
    add("--json", action="store_true",
        help="tell what happens as JSON, one event a line; with `-n` one object")  # fmt: skip


def add_building(parser: argparse.ArgumentParser, default: Callable[[str, object], object]) -> None:
    """Declare what all verbs that build have in common, but `--json`."""
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET", help="targets, instances, or files they make")
    add("-j", "--jobs", type=number_of_jobs, metavar="N", default=default("JOBS", None),
        help="how many runs go on at once (default: the number of CPU cores)")  # fmt: skip
    add("-x", "--at-once", action="store_true", default=default("AT_ONCE", False),
        help="at the first failure end what still runs, too")  # fmt: skip
    add("--tag", action="append", default=[], metavar="TAG",
        help="build the targets with this tag; can be given again")  # fmt: skip
    add("--output", type=output, metavar="HOW", default=default("OUTPUT", "group"),
        help="what commands write: group (when a run ends), live, or quiet")  # fmt: skip
    add("--no-cache", action="store_true", default=default("NO_CACHE", False),
        help="neither restore outputs nor keep them")  # fmt: skip
    add("--cache-folder", metavar="DIR", default=default("CACHE_FOLDER", None),
        help="keep outputs there, and restore them from there")  # fmt: skip
    add("--report", action="append", default=default("REPORT", []), metavar="NAME[=PATH]",
        help="also tell what happens in this form: junit=FILE, …; can be given again")  # fmt: skip
    add("--trace", metavar="FILE", default=default("TRACE", None),
        help="write where the time went, for Perfetto; short for --report trace=FILE")  # fmt: skip


def run(context: Context) -> int:
    """Build, or with `-n` say what a build would do; return the exit code."""
    given = context.arguments
    if given.profile == "":
        given.profile, given.timings = None, True
    if not given.timings:
        dry = given.dry_run
        project = context.edited() or context.project(loading=not dry, noting=not dry)
        return _run(context, project)
    from jobmake.commands.timed import timed

    return timed(context, _run)


def _run(context: Context, project: Project, emitting: Emitting = lambda emit: emit) -> int:
    """Build a project that was opened. ``emitting`` stands between the build and who is told."""
    from jobmake.engine.options import Options

    given = context.arguments
    given.targets += tagged(project, given.tag)
    if given.dry_run:
        return _dry_run(project, context)
    options = Options(
        jobs=given.jobs or cores(),
        keep_going=given.keep_going,
        force=given.force,
        locked=given.locked,
        at_once=given.at_once,
        shuffle=given.shuffle,
        only_failed=given.failed,
        debug=given.pdb,
    )
    reporter = reporter_of(project, context)
    emit = emitting(reporter.handle)
    if not (given.targets or project.graph.targets):
        emit(
            events.Notice(
                f"{os.path.basename(project.layout.jobfile)} has no targets: a table"
                " `[target.NAME]` declares one, and `jobmake init` shows how"
            )
        )
    try:
        what = " ".join(["jobmake build", *given.targets])
        summary = project.build(
            given.targets,
            options,
            emit,
            wait=not given.no_wait,
            what=what,
            seen_as=context.seen_as(project),
        )
        emit(events.BuildEnded(summary))
    finally:
        reporter.close()
    if summary.stopped_by is not None:
        raise Ended(summary.stopped_by)
    return 0 if summary.ok else 1


def tagged(project: Project, tags: Sequence[str]) -> list[str]:
    """Return the targets that have one of the tags. Raises UsageError for one nobody has."""
    from jobmake.model.errors import UsageError
    from jobmake.tools.hints import did_you_mean

    if not tags:
        return []
    targets = project.graph.targets
    known = {tag: None for target in targets.values() for tag in target.tags}
    for tag in tags:
        if tag not in known:
            hint = did_you_mean(tag, known) or "`tags` of a target names them"
            raise UsageError(f"no target has the tag `{tag}`", hint)
    return [name for name, target in targets.items() if set(tags).intersection(target.tags)]


def _dry_run(project: Project, context: Context) -> int:
    from jobmake.engine.estimate import estimate
    from jobmake.reporters.outlook import dry_run_lines

    given, emit = context.arguments, context.plain(project).handle
    plan = project.plan(given.targets)
    project.check_inputs(plan.wanted)
    if _reports(given):
        emit(events.Notice("`-n` builds nothing, so no report is written"))
    outlooks = project.forecast(plan.wanted, emit, forced=given.force, restoring=True)
    outlooks = [_by_name(one) if one.target.name in plan.named else one for one in outlooks]
    slots = project.slots(given.jobs or cores())
    took = estimate(project.graph, outlooks, project.past_runs(), slots)
    if given.json:
        from jobmake.reporters import as_json

        told = [
            {**as_json.outlook(one), "would_restore": one.restores, "starts": one.starts}
            for one in outlooks
        ]
        write(as_json.document(targets=told, estimate=took.told))
        return 0
    import sys

    for line in dry_run_lines(outlooks, took, context.style(sys.stdout)):
        write(line + "\n")
    return 0


def _by_name(one: Outlook) -> Outlook:
    """A service that is asked for by its name would be started in any case."""
    return replace(one, starts="would") if one.target.is_service else one


def reporter_of(project: Project, context: Context) -> Several:
    """Return what tells of a build: to the screen, and what else is asked for. Raises UsageError
    and JobfileError."""
    import time

    from jobmake.jobfile.places import Places
    from jobmake.project.reports import reporters
    from jobmake.reporters.reporting import Reporting
    from jobmake.tools.linux import seconds_since_start

    def expected() -> Mapping[str, float]:
        return project.past_runs().seconds(project.begin(context.arguments.targets).wanted)

    style = context.style()
    base = Reporting(
        root=project.layout.root,
        style=style,
        project=project.jobfile.name,
        environ=context.environ,
        expected=expected,
        place=Places(lambda: project.whole),
        began=time.monotonic() - seconds_since_start(),
    )
    usual = "live" if style.live and not style.quiet else "plain"
    return reporters(project, _reports(context.arguments), base, usual)


def _reports(given: argparse.Namespace) -> list[str]:
    """Return the reports that are asked for, as `NAME` or `NAME=PATH`."""
    trace = [f"trace={given.trace}"] if given.trace else []
    return [
        *given.report,
        *trace,
        *(["json"] if given.json and not getattr(given, "dry_run", False) else []),
    ]


def output(text: str) -> str:
    """Return the value of `--output`."""
    if text not in ("group", "live", "quiet"):
        import argparse

        raise argparse.ArgumentTypeError(f"`{text}` is none of group, live, quiet")
    return text


def number_of_jobs(text: str) -> int:
    """Return the value of `-j`."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 10_000:
        import argparse

        raise argparse.ArgumentTypeError(f"`{text}` is not a number of runs (1 to 10000)")
    return number


def cores() -> int:
    """Return how many processors are ours to use."""
    return len(os.sched_getaffinity(0))
