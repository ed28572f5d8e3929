"""Random failures in random graphs, with every option that has to do with them.

Each target does what its flag says: it succeeds, fails, fails the first time, takes too
long, ends with another code. After every build, whatever its options:

- what counts as done is as it has to be, what has to fail was not taken for good;
- nothing ran that was up to date, and no more often than its retries say;
- the exit code says whether all is well, and with `--locked` the lockfile is untouched.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.walks.ground import Walk, jobfile, seeds

if TYPE_CHECKING:
    from tests.walks.ground import Built

FLAGS = ("good", "good", "good", "other", "flaky", "bad", "slow")
RUN = """
flag=$(cat flags/NUMBER)
cat READS > $JOBMAKE_TMP/all
echo NUMBER $flag $(sha1sum < $JOBMAKE_TMP/all | cut -c1-8) > out/NUMBER.txt
case $flag in
slow) sleep 1000 ;;
bad) exit 1 ;;
flaky) test $JOBMAKE_ATTEMPT -gt 1 ;;
other) exit 3 ;;
esac
"""
# fails if another of the pool is at work
POOLED = """
mkdir "$POOL"
trap 'rmdir "$POOL"' EXIT
trap 'exit 1' TERM
"""


@dataclass(frozen=True)
class One:
    """A target as the test knows it."""

    reads: tuple[int, ...]
    retries: int
    allowed: bool
    keep: bool
    isolated: bool
    pooled: bool


class FailureWalk(Walk):
    """Flags that change, and builds with random options."""

    def begin(self) -> None:
        self.all = [self._new(number) for number in range(self.chance.randint(4, 8))]
        self.flags = ["good"] * len(self.all)
        self.recorded: dict[int, Any] = {}
        self.trouble: set[int] = set()
        self.ground.write("flags/none", "")
        for number in range(len(self.all)):
            self.ground.write(f"flags/{number}", "good")

    def _new(self, number: int) -> One:
        chance = self.chance
        return One(
            tuple(sorted(chance.sample(range(number), min(number, chance.randint(0, 2))))),
            retries=chance.choice([0, 0, 1, 2]),
            allowed=chance.random() < 0.2,
            keep=chance.random() < 0.2,
            isolated=chance.random() < 0.2,
            pooled=chance.random() < 0.4,
        )

    # -- edits ----------------------------------------------------------------------------

    def change_a_flag(self) -> None:
        number = self.chance.randrange(len(self.all))
        self.flags[number] = self.chance.choice(FLAGS)
        self.ground.write(f"flags/{number}", self.flags[number])

    def change_another_flag(self) -> None:
        self.change_a_flag()

    def mend_a_flag(self) -> None:
        number = self.chance.randrange(len(self.all))
        self.flags[number] = "good"
        self.ground.write(f"flags/{number}", "good")

    def change_a_target(self) -> None:
        number = self.chance.randrange(len(self.all))
        self.all[number] = self._new(number)

    def lose_an_output(self) -> None:
        self.ground.delete(f"out/{self.chance.randrange(len(self.all))}.txt")

    # -- what there is to make --------------------------------------------------------------

    def _jobfile(self) -> str:
        tables: dict[str, dict[str, Any]] = {"pools": {"one": 1}}
        for number, one in enumerate(self.all):
            reads = [f"out/{read}.txt" for read in one.reads]
            run = RUN.replace("READS", " ".join(reads) or "/dev/null")
            tables[f"target.t{number}"] = {
                "run": (POOLED if one.pooled else "") + run.replace("NUMBER", str(number)),
                "inputs": [f"flags/{number}", *reads],
                "outputs": [{"path": f"out/{number}.txt", "keep": one.keep}],
                "retries": one.retries,
                "allow_failure": one.allowed,
                "isolated": one.isolated,
                "ok_codes": [0, 3],
                **({"pool": "one"} if one.pooled else {}),
                # long enough for a machine that has much to do, but for who sleeps
                "timeout": 0.2 if self.flags[number] == "slow" else 60,
            }
        return jobfile(tables)

    def _fails(self, number: int) -> bool:
        flag = self.flags[number]
        return flag in ("bad", "slow") or (flag == "flaky" and not self.all[number].retries)

    def _texts(self) -> dict[int, str]:
        """What each makes, if all goes well."""
        texts: dict[int, str] = {}
        for number, one in enumerate(self.all):
            text = "".join(texts[read] for read in one.reads)
            digest = hashlib.sha1(text.encode()).hexdigest()[:8]
            texts[number] = f"{number} {self.flags[number]} {digest}\n"
        return texts

    def _key(self, number: int, texts: dict[int, str]) -> Any:
        one = self.all[number]
        reads = tuple((read, texts[read]) for read in one.reads)
        return one.reads, one.isolated, one.pooled, self.flags[number], reads

    # -- builds -----------------------------------------------------------------------------

    def build(self) -> None:
        self.ground.write("Jobfile.toml", self._jobfile())
        chance = self.chance
        locked = chance.random() < 0.2
        only_failed = not locked and chance.random() < 0.2
        keep_going = chance.random() < 0.6
        at_once = not keep_going and chance.random() < 0.5
        shuffle = str(self.count) if chance.random() < 0.5 else None
        self._check_build(
            jobs=chance.randint(1, 4),
            locked=locked,
            only_failed=only_failed,
            keep_going=keep_going,
            at_once=at_once,
            shuffle=shuffle,
        )
        if chance.random() < 0.2:
            self._check_that_all_can_be_good()

    def _check_that_all_can_be_good(self) -> None:
        for number in range(len(self.all)):
            self.flags[number] = "good"
            self.ground.write(f"flags/{number}", "good")
        self.ground.write("Jobfile.toml", self._jobfile())
        built = self._check_build(jobs=4)
        assert built.summary.ok
        again = self._check_build(jobs=4, locked=True)
        assert again.summary.ok
        assert not again.ran
        assert not again.restored

    def _check_build(self, **options: Any) -> Built:
        texts, before = self._texts(), self._lockfile()
        lost = self._lost() if options.get("only_failed") else None
        there = {number: self._is_good(number, texts) for number in range(len(self.all))}
        self.count += 1
        pool = str(self.ground.root / f".jobmake/pool-{self.count}")

        built = self.ground.build(**options, environ={"POOL": pool})

        summary = built.summary
        ran, failed = _numbers(built.ran), _numbers(built.failed)
        done = _numbers((*summary.built, *summary.fresh, *summary.restored))
        if summary.as_before:  # all others were up to date, and nothing that they need changed
            done = set(range(len(self.all))) - _numbers(built.left)
        self.tell(ran=ran, restored=built.restored, failed=failed, stopped=summary.stopped)
        for number in done:
            assert self.ground.read(f"out/{number}.txt") == texts[number]
            assert done.issuperset(self.all[number].reads)
        self._check_runs(built, ran, there)
        self._check_failures(built, failed, options)
        if lost is not None:
            assert ran | _numbers(built.restored) <= lost
        if options.get("locked"):
            assert self._lockfile() == before
        for number in ran | _numbers(built.restored):
            if number in done:
                self.recorded[number] = self._key(number, texts)
                self.trouble.discard(number)
            else:
                self.trouble.add(number)
        return built

    def _check_runs(self, built: Built, ran: set[int], there: dict[int, bool]) -> None:
        """Nothing that is good runs; what fails runs as often as it may."""
        for number in ran:
            assert not there[number], f"t{number} was up to date"
            most = 1 + self.all[number].retries
            tries = built.ran[f"t{number}"]
            assert tries <= most
            if f"t{number}" in built.failed:
                assert tries == most
            elif f"t{number}" in built.summary.built:
                assert tries == (2 if self.flags[number] == "flaky" else 1)

    def _check_failures(self, built: Built, failed: set[int], options: dict[str, Any]) -> None:
        summary = built.summary
        allowed = {number for number in failed if self.all[number].allowed}
        assert _numbers(summary.allowed) == allowed
        if not options.get("locked"):
            assert all(self._fails(number) for number in failed)
        assert summary.ok or failed - allowed or summary.blocked
        assert not (summary.ok and failed - allowed)
        good = _numbers((*summary.built, *summary.restored))
        assert not any(self._fails(number) for number in good & _numbers(built.ran))
        assert bool(summary.stopped) <= options.get("at_once", False)
        for number in failed:
            if not self.all[number].keep and f"t{number}" in built.ran:
                assert not self.ground.exists(f"out/{number}.txt")
        if options.get("keep_going") and not options.get("only_failed"):
            ended = _numbers((*summary.built, *summary.restored, *summary.fresh, *summary.blocked))
            assert len(ended | failed) + summary.as_before == len(self.all)

    def _is_good(self, number: int, texts: dict[int, str]) -> bool:
        """Whether a target is up to date, if all that it reads is."""
        path = f"out/{number}.txt"
        return (
            number not in self.trouble
            and self.recorded.get(number) == self._key(number, texts)
            and self.ground.exists(path)
            and self.ground.read(path) == texts[number]
        )

    def _lost(self) -> set[int]:
        """What failed, what needs that, and what these need."""
        lost = set(self.trouble)
        for number, one in enumerate(self.all):
            if lost.intersection(one.reads):
                lost.add(number)
        for number in range(len(self.all) - 1, -1, -1):
            if number in lost:
                lost.update(self.all[number].reads)
        return lost

    def _lockfile(self) -> str | None:
        return self.ground.read("Jobfile.lock") if self.ground.exists("Jobfile.lock") else None


def _numbers(names: Any) -> set[int]:
    return {int(name[1:]) for name in names}


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_failures_of_every_kind(seed: int) -> None:
    FailureWalk(seed).go(turns=20, least={"ran": 8})
