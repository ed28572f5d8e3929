"""`bench/nightly`: the long trials, part by part, and a table of them.

Knows in which order they go, and what is told of them. Does not know what they do.
Invariant: what fails is in the table, and the exit code is 1. A part that ended is told at once,
and in the file: who is cut off loses only the parts that ran, and goes on with `--resume`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.parts import Ended, Running, Scripts, Trial, all_parts, chosen
from bench.telling import machine, put, table

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run all that is asked for; print the table; return the exit code."""
    options = _options(words)
    scripts = Scripts.of(options.edits, options.fuzz, options.seed)
    night = Night(options.json, options.markdown)
    try:
        parts = chosen(options.parts, all_parts(scripts))
    except ValueError as why:
        sys.exit(f"bench/nightly: {why}")
    if options.list:
        print("\n".join(parts))
        return 0
    if options.resume:
        night.take_up(parts)
    left = [part for part in parts if part not in night.ended]
    print(f"{len(left)} parts, {options.workers} at once", flush=True)
    _run(left, Running(scripts), options.workers, night)
    print(night.text())
    return int(len(night.ended) < len(parts) or not night.is_good)


class Night:
    """What came out so far. ``ended``: the parts that went to their end, by name."""

    def __init__(self, json_file: Path | None, markdown: Path | None) -> None:
        self._json, self._markdown, self._machine = json_file, markdown, machine()
        self.ended: dict[str, Ended] = {}
        self._cut: list[Ended] = []

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return all(one.is_good for one in self.ended.values())

    def take_up(self, parts: Sequence[str]) -> None:
        """Count what the file says of these parts, where it is good."""
        if self._json is None or not self._json.exists():
            return
        for one in json.loads(self._json.read_text())["parts"]:
            trials = [Trial(**trial) for trial in one.pop("trials")]
            part = Ended(**one, trials=trials)
            if part.is_good and part.part in parts:
                self.ended[part.part] = part

    def add(self, part: Ended) -> None:
        """Count a part, tell of it, and write all that there is."""
        if part.whole:
            self.ended[part.part] = part
        else:
            self._cut.append(part)
        how = "cut off" if not part.whole else "good" if part.is_good else "FAILED"
        print(f"{part.part}: {how}, {part.seconds:.0f} s", flush=True)
        for one in part.trials:
            print(f"  {' | '.join(filter(None, _row(one)))}", flush=True)
        if part.whole and not part.is_good:
            print(part.said, flush=True)
        self._write()

    def text(self) -> str:
        """Return the table, and what it is of."""
        trials = [trial for one in [*self.ended.values(), *self._cut] for trial in one.trials]
        trials.sort(key=lambda one: (not one.case, one.case, one.what))
        head = ("case", "what", "rounds", "seconds", "result", "figures")
        seconds = sum(one.seconds for one in self.ended.values())
        about = ", ".join(f"{name} {value}" for name, value in self._machine.items())
        whole = f"{len(trials)} trials of {len(self.ended)} parts in {seconds:.0f} s: {about}"
        cut = [f"cut off: {one.part}" for one in self._cut]
        rows = [_row(one) for one in trials]
        return "\n".join([table(head, rows, right=(2, 3)), "", whole, *cut])

    def _write(self) -> None:
        if self._markdown:
            put(self._markdown, f"{self.text()}\n")
        if self._json:
            parts = [_told(one) for one in [*self.ended.values(), *self._cut]]
            document = {"machine": self._machine, "parts": parts}
            put(self._json, json.dumps(document, indent=1) + "\n")


def _run(parts: Sequence[str], running: Running, workers: int, night: Night) -> None:
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(running.run, part) for part in parts]
        try:
            for one in as_completed(waiting):
                night.add(one.result())
        except KeyboardInterrupt:
            running.end()
            told = {one.part for one in night.ended.values()}
            for one in waiting:
                if not one.cancel() and one.result().part not in told:
                    night.add(one.result())


def _row(trial: Trial) -> tuple[str, ...]:
    rounds, seconds = f"{trial.rounds:,}", f"{trial.seconds:.1f}"
    return trial.case, trial.what, rounds, seconds, trial.result, trial.figures


def _told(part: Ended) -> dict[str, Any]:
    told = asdict(part)
    if part.is_good:
        told["said"] = ""
    return told


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/nightly",
        description="Runs the cases with large numbers, then the soak and the fuzz.",
    )
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART",
        help="only these: files or folders of tests, `soak`, `fuzz`")  # fmt: skip
    add("--list", action="store_true", help="print the parts, and run none")
    add("--edits", type=int, default=1000, metavar="N", help="of the soak")
    add("--fuzz", type=int, default=600, metavar="SECONDS", help="of the fuzz")
    add("--seed", type=int, default=0, metavar="N", help="of both")
    add("--workers", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
        help="how many parts run at once")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write all trials there, as they end")
    add("--markdown", type=Path, metavar="FILE", help="write the table there, as it grows")
    add("--resume", action="store_true", help="run only what is not good in the file of `--json`")
    return parser.parse_args(words)
