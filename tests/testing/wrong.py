"""What breaks a contract, on purpose. Each class names the test by which it is caught, and a
word of what that says. Run by `test_contracts.py`; not collected by itself."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
from collections.abc import Iterator
from typing import Any

from jobmake import CommandType, FactCheck, Fault, Reason
from jobmake.caches.disk import DiskCache
from jobmake.executors.local import LocalExecutor
from jobmake.testing import (
    CacheContract,
    CheckContract,
    CodecContract,
    ExecutorContract,
    JobTypeContract,
    ReporterContract,
)
from tests.testing.test_codecs import Boxes
from tests.values.shapes import Box

# ruff: noqa: RUF012
_counter = itertools.count()


# -- checks ----------------------------------------------------------------------------


class Good:
    """A check that is right: it looks at the file `fact.txt`."""

    name = "mine"

    def validate(self, settings: Any) -> Iterator[Fault]:
        for name in settings:
            yield Fault((name,), "is no setting", of_name=True)

    def reasons(self, target: Any, fingerprint: Any, record: Any, files: Any) -> Iterator[Reason]:
        if record is None:
            yield Reason("it", "", "was never built")


class _Check(CheckContract):
    of: Any = Good

    def make(self) -> Any:
        return self.of()


class TestCheckWrites(_Check):
    caught_by = "test_it_writes_nothing", "a check must only read"

    class of(Good):
        def reasons(self, *given: Any) -> Any:
            with open(f"{given[-1].root}/note.txt", "a") as file:
                file.write("x")
            return super().reasons(*given)


class TestCheckIsNeverContent(_Check):
    caught_by = "test_it_has_no_reason_right_after_a_build[alone]", "is old"

    class of(Good):
        def reasons(self, *given: Any) -> Any:
            return [Reason("it", "", "is old")]


class TestCheckIsRestless(_Check):
    caught_by = "test_asked_twice_it_says_the_same", "between two questions"

    class of(FactCheck):
        name = "mine"

        def facts(self, *given: Any) -> dict[str, str]:
            return {"": str(next(_counter))}


class TestCheckTakesAnySetting(_Check):
    caught_by = "test_a_setting_that_it_does_not_know_is_refused_where_it_stands", "DID NOT RAISE"

    class of(Good):
        validate: Any = None


class TestCheckPointsElsewhere(_Check):
    caught_by = (
        "test_a_setting_that_it_does_not_know_is_refused_where_it_stands", "lead to no such place"
    )  # fmt: skip

    class of(Good):
        def validate(self, settings: Any) -> Any:
            return [Fault((), "is wrong")] if settings else []


class TestCheckForgetsTheRecord(_Check):
    caught_by = "test_a_target_without_a_record_is_judged_as_it_says", "without a record"

    class of(Good):
        def reasons(self, *given: Any) -> Any:
            return []


class TestCheckIsBlind(_Check):
    caught_by = "test_what_it_looks_at_makes_the_target_stale_until_it_is_built", "up to date"
    of = Good

    def change(self, space: Any) -> None:
        space.write("fact.txt", "new")


class TestCheckHasADifferentName(_Check):
    caught_by = "test_its_name_is_a_text_that_stays", "two of it must have one name"

    class of(Good):
        def __init__(self) -> None:
            self.name = f"mine{next(_counter)}"


class TestCheckGivesTwoLines(_Check):
    caught_by = "test_its_reasons_can_be_read", "a reason is one line"

    class of(Good):
        def reasons(self, *given: Any) -> Any:
            return [Reason("it", "", "is old\nand grey")]


# -- job types -------------------------------------------------------------------------


class Copy(CommandType):
    """A job type that is right."""

    name = "copy"

    class With:
        lead: str = ""

    def argv(self, given: Any, run: Any) -> list[Any]:
        text = 'test "$1" != bad && { echo "$1"; cat "$2"; } > "$0"'
        return ["sh", "-c", text, run.output, given.lead, run.input]


class _JobType(JobTypeContract):
    settings = {"lead": "x"}
    changed = {"lead": "y"}
    failing = {"lead": "bad"}
    of: Any = Copy

    def make(self) -> Any:
        return self.of()


class TestJobTypeWritesBeforeTheRun(_JobType):
    caught_by = "test_to_prepare_a_run_writes_nothing_and_gives_the_same_twice", "may write"

    class of(Copy):
        def env(self, given: Any, run: Any) -> dict[str, str]:
            with open(os.path.join(run.root, "note.txt"), "a") as file:
                file.write("x")
            return {}


class TestJobTypeIsRestless(_JobType):
    caught_by = "test_to_prepare_a_run_writes_nothing_and_gives_the_same_twice", "given alone"

    class of(Copy):
        def env(self, given: Any, run: Any) -> dict[str, str]:
            return {"SEED": str(next(_counter))}


class TestJobTypeTellsSecrets(_JobType):
    caught_by = "test_secrets_are_not_shown", "`shown` tells the secret in `lead`"

    class of(Copy):
        def shown(self, bindings: Any) -> str:
            return str(self._jobmake_filled(bindings))


class TestJobTypeHidesFailures(_JobType):
    caught_by = "test_a_run_that_fails_fails_its_target", "its run went well"

    class of(Copy):
        def argv(self, given: Any, run: Any) -> list[Any]:
            return ["sh", "-c", "cp $0 $1; false || true", run.input, run.output]


class TestJobTypeMakesNothing(_JobType):
    caught_by = "test_its_sample_is_built_and_then_up_to_date", "out.txt"

    class of(Copy):
        def argv(self, given: Any, run: Any) -> list[Any]:
            return ["true"]


class TestJobTypeHasANewVersionEachTime(_JobType):
    caught_by = "test_a_new_one_finds_the_target_up_to_date", "must not depend on the object"

    class of(Copy):
        def __init__(self) -> None:
            self.version = str(next(_counter))  # type: ignore[misc]


class TestJobTypeMislaysItsTexts(_JobType):
    caught_by = "test_each_text_stands_where_it_says", "do not lead to 'x'"

    class of(Copy):
        def texts(self, settings: Any) -> Any:
            return [(("type",), "x")]


class TestJobTypeTakesAnySetting(_JobType):
    caught_by = "test_an_unknown_setting_is_refused_where_it_stands", "DID NOT RAISE"

    class of(Copy):
        def validate(self, keys: Any, scope: Any) -> Any:
            return []


# -- executors -------------------------------------------------------------------------


class _Executor(ExecutorContract):
    of: Any = LocalExecutor

    def make(self) -> Any:
        return self.of()


class TestExecutorTellsTwice(_Executor):
    caught_by = "test_a_run_that_ends_well", "one run, two outcomes"

    class of(LocalExecutor):
        def poll(self) -> Any:
            return super().poll() * 2


class TestExecutorSwallowsExitCodes(_Executor):
    caught_by = "test_an_exit_code_is_told[1]", "assert (0,"

    class of(LocalExecutor):
        def poll(self) -> Any:
            return [dataclasses.replace(one, exit_code=0) for one in super().poll()]


class TestExecutorSplitsWords(_Executor):
    caught_by = "test_words_arrive_as_they_are", "AssertionError"

    class of(LocalExecutor):
        def submit(self, work: Any) -> str:
            steps = tuple(tuple(" ".join(words).split()) for words in work.steps)
            return super().submit(dataclasses.replace(work, steps=steps))


class TestExecutorLosesTheLog(_Executor):
    caught_by = "test_all_that_it_writes_is_in_its_log", "No such file"

    class of(LocalExecutor):
        def submit(self, work: Any) -> str:
            return super().submit(dataclasses.replace(work, log="/dev/null"))


# -- caches ----------------------------------------------------------------------------


class _Cache(CacheContract):
    of: Any = DiskCache

    def make(self, folder: str, size: int) -> Any:
        return self.of(folder, size)


class TestCacheGivesBackSomethingElse(_Cache):
    caught_by = "test_outputs_come_back_as_they_were", "AssertionError"

    class of(DiskCache):
        def restore(self, trace: Any, root: str, only: Any) -> None:
            super().restore(trace, root, only)
            with open(os.path.join(root, "out/a"), "a") as file:
                file.write("!")


class TestCacheKeepsWhatWasChanged(_Cache):
    caught_by = "test_one_that_is_gone_is_not_kept_either", "None is not None"

    class of(DiskCache):
        def keep(self, key: str, trace: Any, root: str) -> None:
            super().keep(key, trace, root)


class TestCacheFindsTheWrongKey(_Cache):
    caught_by = "test_what_was_kept_is_found_by_its_key_alone", "AssertionError"

    class of(DiskCache):
        def find(self, key: str) -> Any:
            return super().find("xxh3:" + "1" * 32)


# -- reporters -------------------------------------------------------------------------


class Names:
    """A reporter that is right: it writes the names of events."""

    def __init__(self, reporting: Any) -> None:
        self.to = reporting.stream

    def handle(self, event: Any) -> None:
        self.to.write(type(event).__name__ + "\n")

    def close(self) -> None:
        pass


class _Reporter(ReporterContract):
    of: Any = Names

    def make(self, reporting: Any) -> Any:
        return self.of(reporting)


class TestReporterPrints(_Reporter):
    caught_by = "test_it_writes_to_its_own_place_alone", "`reporting.stream` is its place"

    class of(Names):
        def handle(self, event: Any) -> None:
            print("x")


class TestReporterWritesElsewhere(_Reporter):
    caught_by = "test_it_writes_to_its_own_place_alone", "it writes elsewhere"

    class of(Names):
        def close(self) -> None:
            with open("report.txt", "w") as file:
                file.write("x")


class TestReporterTakesLogsForThoseOfTheWorkingDirectory(_Reporter):
    caught_by = "test_it_takes_every_event_there_is[plain]", "FileNotFoundError"

    class of(Names):
        def handle(self, event: Any) -> None:
            if getattr(event, "log", None):
                with open(event.log, "rb") as file:
                    file.read()


class TestReporterKnowsAllEvents(_Reporter):
    caught_by = "test_it_lets_pass_an_event_that_it_does_not_know", "KeyError"

    class of(Names):
        def handle(self, event: Any) -> None:
            {"BuildStarted": 1}[type(event).__name__]


class TestReporterNeedsAnOrder(_Reporter):
    caught_by = "test_it_takes_them_in_any_order[0]", "KeyError"

    class of(Names):
        def __init__(self, reporting: Any) -> None:
            self.started: dict[str, str] = {}

        def handle(self, event: Any) -> None:
            if type(event).__name__ == "TargetStarted":
                self.started[event.target] = event.run_id
            if type(event).__name__ == "TargetBuilt":
                del self.started[event.target]


class TestReporterPassesControlCharacters(_Reporter):
    caught_by = "test_no_control_character_leaves_it", "it writes"

    class of(Names):
        def handle(self, event: Any) -> None:
            self.to.write(getattr(event, "target", ""))


class TestReporterIsClosedOnce(_Reporter):
    caught_by = "test_it_may_be_closed_at_any_time_and_twice[0]", "closed file"

    class of(Names):
        def close(self) -> None:
            self.to.write("end")
            self.to.close()


# -- codecs ----------------------------------------------------------------------------


class _Codec(CodecContract):
    of: Any = Boxes

    def make(self) -> Any:
        return self.of()

    def values(self) -> list[Box]:
        return [Box(1), Box(2, b"two")]


class TestCodecLosesAPart(_Codec):
    caught_by = "test_every_value_comes_back_as_it_was", "came back as"

    class of(Boxes):
        def decode(self, plain: Any, blobs: Any) -> Box:
            return Box(plain["content"], b"")


class TestCodecIsRestless(_Codec):
    caught_by = "test_equal_values_have_the_same_bytes_and_others_have_not", "each time others"

    class of(Boxes):
        def encode(self, value: Any) -> Any:
            return {"content": value.content, "at": next(_counter)}, [value.data]


class TestCodecTakesTwoForOne(_Codec):
    caught_by = (
        "test_equal_values_have_the_same_bytes_and_others_have_not", "two have the same bytes"
    )  # fmt: skip

    class of(Boxes):
        def encode(self, value: Any) -> Any:
            return {"content": 1}, [b""]


if __name__ == "__main__":
    told = {name: one.caught_by for name, one in list(globals().items()) if name[:4] == "Test"}
    print(json.dumps(told))
