"""The sweep of examples/sweep: only what is new is simulated, and the pictures show all of it."""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support import DEADLINE, Result, Space

SWEEP = Path(__file__).resolve().parent.parent / "examples" / "sweep"
MADE = shutil.ignore_patterns("build", ".jobmake", "Jobfile.lock", "__pycache__")
R0S = ["1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0"]
SHARES = ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]
PLACES = [("500", "village"), ("5000", "town")]
PICTURES = ["map", "curves"]
PNG = b"\x89PNG\r\n\x1a\n"


def runs(r0s: list[str], repeats: tuple[int, ...] = (1, 2)) -> set[str]:
    """The names of the simulations with these values, and all values of the other axes."""
    return {
        f"simulate[people={people},place={place},r0={r0},repeat={repeat},vaccinated={share}]"
        for (people, place), r0, repeat, share in itertools.product(PLACES, r0s, repeats, SHARES)
    }


def build(space: Space, *arguments: str) -> Result:
    """Build with the interpreter that runs the tests, and with its packages."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = space.start("build", *arguments, env={"PATH": programs})
    out, err = process.communicate(timeout=3 * DEADLINE)
    assert process.returncode == 0, err.decode()
    return Result(process.returncode, out.decode(), err.decode())


def sweep(folder: Path) -> Space:
    """The example as a clean checkout has it."""
    return Space(Path(shutil.copytree(SWEEP, folder, ignore=MADE)))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Space:
    """The example, built. To look at only."""
    space = sweep(tmp_path_factory.mktemp("once") / "sweep")
    result = build(space)
    assert set(result.built) == {*runs(R0S), "table", *PICTURES}
    assert len(result.built) == 252 + 3
    return space


@pytest.fixture
def copy(built: Space, tmp_path: Path) -> Space:
    """The built example, to be changed."""
    return Space(Path(shutil.copytree(built.root, tmp_path / "sweep", symlinks=True)))


def rows(space: Space) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(space.read("build/results.csv"))))


def test_the_table_has_a_line_for_each_simulation(built: Space) -> None:
    found = rows(built)
    assert len(found) == 252
    assert {row["r0"] for row in found} == set(R0S)
    assert {row["vaccinated"] for row in found} == set(SHARES)
    for row in found:
        assert 0 < int(row["fell_ill"]) <= int(row["people"]) * (1 - float(row["vaccinated"])) + 1


def test_more_vaccinated_people_are_fewer_ill_ones(built: Space) -> None:
    ill = {
        share: sum(int(row["fell_ill"]) for row in rows(built) if row["vaccinated"] == share)
        for share in SHARES
    }
    assert ill["0.0"] > ill["0.3"] > ill["0.6"] > ill["0.8"]


@pytest.mark.parametrize("picture", PICTURES)
def test_the_pictures_are_pictures(picture: str, built: Space) -> None:
    data = built.path(f"build/{picture}.png").read_bytes()
    assert data.startswith(PNG)
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert width >= 800
    assert height >= 500
    assert len(data) > 20_000
    assert b"tIME" not in data


def test_a_second_build_finds_all_up_to_date(copy: Space) -> None:
    again = build(copy)
    assert not again.built
    assert len(again.fresh) == 255


def test_a_value_more_simulates_only_what_is_new(copy: Space) -> None:
    copy.replace("Jobfile.toml", "range = [1.0, 4.0, 0.5]", "range = [1.0, 4.5, 0.5]")
    result = build(copy)
    assert set(result.built) == {*runs(["4.5"]), "table", *PICTURES}
    assert len(result.fresh) == 252
    assert len(rows(copy)) == 252 + 36


def test_a_value_less_simulates_nothing(copy: Space) -> None:
    copy.replace("Jobfile.toml", "range = [1.0, 4.0, 0.5]", "range = [1.0, 3.5, 0.5]")
    result = build(copy)
    assert sorted(result.built) == sorted(["table", *PICTURES])
    assert len(rows(copy)) == 252 - 36
    assert "r0=4.0" not in copy.read("Jobfile.lock")


def test_a_repeat_more_simulates_only_the_third(copy: Space) -> None:
    copy.replace("Jobfile.toml", "repeat = 2", "repeat = 3")
    result = build(copy)
    assert set(result.built) == {*runs(R0S, repeats=(3,)), "table", *PICTURES}


def test_a_value_that_a_picture_does_not_show_leaves_it_alone(copy: Space) -> None:
    copy.replace("Jobfile.toml", "range = [0.0, 0.8, 0.1]", "range = [0.0, 0.9, 0.1]")
    result = build(copy)
    assert len(result.built) == 28 + 2
    assert "map" in result.built
    assert "curves" in result.fresh


def test_lists_zipped_with_each_other_must_be_of_one_length(copy: Space) -> None:
    copy.replace("Jobfile.toml", "people = [500, 5000]", "people = [500, 5000, 50000]")
    result = copy.build(code=2)
    assert "place" in result.err
    assert "people" in result.err


def test_one_result_that_is_gone_is_made_again_and_nothing_else(copy: Space) -> None:
    copy.path("build/runs/town-5000/2.5/0.3/1.json").unlink()
    result = build(copy)
    made = re.findall(r"^(?:built|restored) (simulate\[.*?\]|table|map|curves)", result.err, re.M)
    assert made == ["simulate[people=5000,place=town,r0=2.5,repeat=1,vaccinated=0.3]"]


def test_the_pictures_can_be_left_out(tmp_path: Path) -> None:
    space = sweep(tmp_path / "sweep")
    result = build(space, "--tag", "runs")
    assert set(result.built) == runs(R0S)


def test_another_folder_gives_the_same_bytes(built: Space, tmp_path: Path) -> None:
    elsewhere = sweep(tmp_path / "another place" / "epidemics")
    build(elsewhere)
    assert elsewhere.tree() == built.tree()
    assert "build/map.png" in built.tree()
