"""`bench/run` on a handful of targets: all is told, and a wrong output is noticed."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from bench.copies import Sample
from bench.expecting import plan
from bench.graphs import SHAPES, make_graph
from bench.having import Cache, compiled
from bench.lines import all_lines
from bench.main import main
from bench.measuring import Figure, Measured, Pace, Round
from bench.options import Wanted, besides, lines_of, options_of, wanted
from bench.others import Others
from bench.telling import lines_table
from bench.tools.floor import Floor
from bench.tools.own import Jobmake

ROOT = Path(__file__).resolve().parent.parent.parent
JOBMAKE = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT)!r})
from jobmake.cli import main
sys.exit(main())
"""


class Bench:
    """Runs the bench in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.json = folder, folder / "figures.json"

    def program(self, text: str) -> str:
        path = self.folder / "jobmake"
        path.write_text(text)
        path.chmod(0o755)
        return str(path)

    def run(self, *words: str) -> int:
        places = ["--cache", str(self.folder / "cache"), "--folder", str(self.folder)]
        return main([*words, *places, "--json", str(self.json), "--repeats", "1", "--young", "0"])

    def told(self) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = json.loads(self.json.read_text())
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_jobmake_and_make_build_five_targets(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--tools", "jobmake,make", "--sizes", "5", "--shapes", "layered"]
    assert bench.run(*words, "--jobmake", bench.program(JOBMAKE)) == 0

    told = bench.told()
    measured = {(one["tool"], one["operation"]) for one in told["samples"]}
    own = {("jobmake", name) for name in ("cold", "settle", "noop", "leaf", "touch", "clone")}
    assert measured == own | {("make", name) for name in ("cold", "noop", "leaf")}
    rewritten = {str(one["operation"]): one["rewritten"] for one in told["samples"]}
    assert rewritten == {"cold": 5, "settle": 0, "noop": 0, "leaf": 1, "touch": 0, "clone": 0}
    out = capsys.readouterr().out
    assert [line["line"] for line in told["lines"]] == [line.name for line in all_lines()]
    assert out.count("not measured |") == len(all_lines())
    assert "make: GNU Make" in out
    assert not list(bench.folder.glob("jobmake-bench-*"))


def test_outputs_that_are_not_there_are_noticed(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--tools", "jobmake", "--sizes", "5", "--shapes", "wide"]
    assert bench.run(*words, "--jobmake", bench.program("#!/bin/sh\nexit 0\n")) == 1
    [trouble] = bench.told()["troubles"]
    assert trouble == "jobmake, cold, wide 5: left 5 wrong outputs (exit code 0)"
    assert f"trouble: {trouble}" in capsys.readouterr().out


def test_an_output_that_should_be_another_is_noticed(bench: Bench) -> None:
    # it builds once, and never again
    once = (
        'for source in src/*/*; do out=out/${source#src/}; [ -e "$out" ] || cp $source $out; done'
    )
    words = ["--tools", "jobmake", "--sizes", "5", "--shapes", "wide"]
    assert bench.run(*words, "--jobmake", bench.program(f"#!/bin/sh\n{once}\n")) == 1
    assert bench.told()["troubles"] == ["jobmake, leaf, wide 5: left 1 wrong outputs (exit code 0)"]


def test_what_is_rewritten_without_need_is_noticed(bench: Bench) -> None:
    always = "for source in src/*/*; do cp $source out/${source#src/}; done"
    words = ["--tools", "jobmake", "--sizes", "5", "--shapes", "wide"]
    assert bench.run(*words, "--jobmake", bench.program(f"#!/bin/sh\n{always}\n")) == 1
    assert "jobmake, noop, wide 5: rewrote 5 outputs, not 0" in bench.told()["troubles"]


def test_a_tool_that_cannot_be_had_is_named(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--tools", "jobmake", "--sizes", "5", "--shapes", "wide"]
    assert bench.run(*words, "--jobmake", str(bench.folder / "none")) == 0
    assert f"jobmake: not measured, `{bench.folder}/none` is no program" in capsys.readouterr().out


# -- what is no graph -------------------------------------------------------------------


def others(folder: Path, measured: Measured) -> Others:
    return Others(folder, Pace(repeats=1), measured, print)


def own(path: str) -> Jobmake:
    jobmake = Jobmake(path)
    jobmake.get(Cache(Path(path).parent / "cache"))
    return jobmake


def test_what_python_jobs_come_to_is_looked_at(bench: Bench) -> None:
    measured = Measured()
    others(bench.folder, measured).python_jobs(3, [own(bench.program(JOBMAKE))], None)
    assert not measured.troubles
    others(bench.folder, measured).python_jobs(3, [own(bench.program("#!/bin/sh\n"))], None)
    [figure] = measured.samples
    assert figure == Figure("python jobs", 3, "cold", "jobmake")
    assert [one.wrong for one in measured.samples[figure]] == [0, 1]


def test_a_file_is_digested_and_read(bench: Bench) -> None:
    measured = Measured()
    floor = compiled(bench.folder / "floor", "cc")
    others(bench.folder, measured).digest(3_000_000, [own(bench.program(JOBMAKE))], str(floor))
    assert not measured.troubles
    assert {figure.tool for figure in measured.samples} == {"jobmake", "floor-c"}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_floor_does_what_a_tool_has_to_do(bench: Bench, shape: str) -> None:
    floor = Floor()
    floor.program = str(compiled(bench.folder / "floor", "cc"))
    measured, graph = Measured(), make_graph(shape, 12)
    Round(graph, bench.folder, Pace(repeats=1, young=0), measured, print).measure(
        [floor], ["settle", "noop", "touch"]
    )
    assert not measured.troubles
    assert {figure.operation for figure in measured.samples} == {"cold", "settle", "noop", "touch"}


# -- lines ----------------------------------------------------------------------------


def sample(wall: float, **more: int) -> Sample:
    return Sample(wall, wall, 400_000_000, 0, **more)


def test_a_line_compares_medians_with_the_best_of_the_others() -> None:
    line = next(one for one in all_lines() if one.name == "peers")
    mine, doit, dvc = line.figure, line.against[0], line.against[1]
    samples = {
        mine: [sample(9.0), sample(1.0), sample(2.0)],
        doit: [sample(20.0)],
        dvc: [sample(10.0), sample(0.1, wrong=1)],  # what is wrong does not count
    }
    assert line.measured(samples) == 0.2
    assert line.verdict(samples) == "reached"
    assert line.verdict({**samples, mine: [sample(2.1)]}) == "not reached"
    assert line.verdict({mine: samples[mine]}) == "not measured"


def test_a_line_may_be_of_seconds_or_of_memory() -> None:
    figure = Figure("wide", 100_000, "clone", "jobmake")
    seconds, memory, *_ = [line for line in all_lines() if line.figure == figure]
    assert (seconds.measured({figure: [sample(21.0)]}), seconds.unit) == (21.0, "s")
    assert (memory.measured({figure: [sample(21.0)]}), memory.unit) == (400.0, "MB")
    text = lines_table([seconds, memory], {figure: [sample(21.0)]})
    assert [row.split(" | ")[-1] for row in text.splitlines()[2:]] == [
        "not reached  |".replace("  ", " "), "reached     |"
    ]  # fmt: skip


def test_each_line_has_its_figures_measured() -> None:
    found = wanted(options_of([]), all_lines())
    for line in all_lines():
        for figure in (line.figure, *line.against):
            if figure.operation == "digest" or figure.shape == "python jobs":
                continue
            one = found[figure.shape, figure.size]
            assert figure.tool in one.tools
            assert figure.operation in one.operations


def graphs_of(*words: str) -> dict[tuple[str, int], Wanted]:
    options = options_of(words)
    return wanted(options, lines_of(options))


def test_lines_that_are_named_are_measured_at_the_sizes_that_are() -> None:
    options = options_of(["--lines", "noop/ninja,growth,digest", "--sizes", "1000"])
    lines = lines_of(options)
    moved = {(line.name, line.what, line.where): line for line in lines}
    assert moved["noop/ninja", "noop against ninja", "realistic 1,000"].bound == 0.9
    [growth] = [line for line in lines if line.what == "leaf against a tenth of it"][1:]
    assert [figure.size for figure in growth.figures] == [1_000, 100]
    assert len(lines) == len(moved) == 11 + 2 + 6 + 1
    found = wanted(options, lines)
    assert list(found) == [("wide", 100), ("realistic", 1000), ("wide", 1000)]
    assert found["wide", 1000].tools == {"jobmake", "ninja"}
    assert found["wide", 100].tools == {"jobmake"}
    assert [line.where for line in besides(options, lines)] == ["file 1,000"]


def test_a_tool_that_is_named_is_measured_where_no_line_asks_for_it() -> None:
    found = graphs_of("--tools", "floor-c", "--sizes", "10,1000")
    assert list(found) == [("wide", 10), ("chain", 1000), ("layered", 1000), ("shell", 1000),
                           ("wide", 1000)]  # fmt: skip
    assert all(one.tools == {"floor-c"} for one in found.values())
    assert "dvc" not in graphs_of("--tools", "dvc", "--sizes", "10000")


def test_a_cold_build_is_told_beside_the_floor() -> None:
    for shape in ("wide", "layered", "chain", "shell"):
        assert "floor-c" in graphs_of()[shape, 1000].tools


def test_a_plan_tells_all_that_will_be_measured() -> None:
    options = options_of(["--quick"])
    lines = lines_of(options)
    graphs, others = wanted(options, lines), besides(options, lines)
    told = plan(graphs, others, Pace(options.repeats, options.budget)).splitlines()
    assert [line.partition(":")[0] for line in told[1:-1]] == [
        *(f"{shape} {size:,}" for shape, size in graphs), "python jobs 1,000"
    ]  # fmt: skip
    assert told[2] == (
        "wide 100: cold, settle, noop, leaf of doit, dvc, jobmake, pytask, python, snakemake"
    )
    assert re.fullmatch(r"3 rounds, .*: about \d minutes on a free machine, .*", told[-1])


def test_what_was_measured_is_written_when_one_is_cut_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(self: Round, copies: object) -> int:
        told = bench.told()  # by now it is there
        assert {one["operation"] for one in told["samples"]} == {"cold", "settle"}
        raise SystemExit

    monkeypatch.setattr(Round, "_nothing", cut)
    page = bench.folder / "page.md"
    words = ["--tools", "jobmake", "--sizes", "5", "--shapes", "wide", "--markdown", str(page)]
    with pytest.raises(SystemExit):
        bench.run(*words, "--jobmake", bench.program(JOBMAKE))
    assert "| wide  | 5    | cold      | jobmake" in page.read_text()


def test_options_leave_out() -> None:
    options = options_of(["--quick", "--lines", "peers,cold/ninja"])
    found = wanted(options, lines_of(options))
    assert list(found) == [("wide", 100), ("chain", 1000), ("layered", 1000), ("wide", 1000)]
    assert "dvc" in found["wide", 100].tools
    assert found["wide", 1000].tools == {"jobmake", "ninja", "floor-c"}
