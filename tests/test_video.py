"""The workflow of examples/video: Job classes with diamonds on real pictures.

What is found is what is true of the frames, and after each edit only those jobs run that it
reaches; what they make then is what a clean build makes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import DEADLINE, Result, Space

VIDEO = Path(__file__).resolve().parent.parent / "examples" / "video"
MADE = shutil.ignore_patterns("build", "state", ".jobmake", "Jobfile.lock", "__pycache__")
OF_FRAMES = {"thumbnails", "select_slide", "select_speaker"}
OF_COLOURS = {"histograms_lab", "histograms_lab_diff", "histogram_correlation"}
OF_SLIDES = {"frame_differences", "slide_changes", "slides", "enhance_contrast"}
OF_SPEAKER = {"speaker_track", "speaker_smooth"}
ALL = {"number_of_files", *OF_FRAMES, *OF_COLOURS, *OF_SLIDES, *OF_SPEAKER, "summary"}
# `slides` looks at its parent `select_slide`; it asks nothing of the histograms
REACHED_BY_BINS = {*OF_COLOURS, "slide_changes", "summary"}
PNG = b"\x89PNG\r\n\x1a\n"


def video(folder: Path) -> Space:
    """The example as a clean checkout has it."""
    return Space(Path(shutil.copytree(VIDEO, folder, ignore=MADE)))


def build(space: Space, *arguments: str) -> Result:
    process = space.start("build", *arguments)
    out, err = process.communicate(timeout=3 * DEADLINE)
    assert process.returncode == 0, err.decode()
    return Result(process.returncode, out.decode(), err.decode())


def process_py(space: Space) -> str:
    done = subprocess.run(
        [sys.executable, "process.py"], cwd=space.root, env=space.environ(), check=True,
        capture_output=True, text=True, timeout=3 * DEADLINE,
    )  # fmt: skip
    return done.stdout


def made(space: Space) -> dict[str, bytes]:
    return {name: space.path(f"build/summary.{name}").read_bytes() for name in ("json", "png")}


def summary(space: Space) -> dict[str, object]:
    return dict(json.loads(space.read("build/summary.json")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Space:
    """The example, built. To look at only."""
    space = video(tmp_path_factory.mktemp("once") / "video")
    assert set(build(space).built) == ALL
    assert len(ALL) == 14
    return space


@pytest.fixture
def copy(built: Space, tmp_path: Path) -> Space:
    """The built example, to be changed."""
    return Space(Path(shutil.copytree(built.root, tmp_path / "video", symlinks=True)))


@pytest.fixture
def clean(tmp_path: Path):
    """What a build from nothing makes of files as they are in another space."""

    def cleanly_made(space: Space) -> dict[str, bytes]:
        folder = tmp_path / "clean"
        other = Space(Path(shutil.copytree(space.root, folder, ignore=MADE)))
        assert set(build(other).built) == ALL
        return made(other)

    return cleanly_made


# -- what is found -------------------------------------------------------------------------


def test_the_slides_change_where_they_do(built: Space) -> None:
    truth = json.loads(built.read("truth.json"))
    assert summary(built)["slide_changes"] == truth["slide_changes"] == [8, 15, 19, 26]


def test_the_speaker_is_where_the_speaker_is(built: Space) -> None:
    truth = json.loads(built.read("truth.json"))["speaker"]
    found = summary(built)["speaker"]
    assert list(found) == [str(frame) for frame in range(1, 31)]
    for (x, _), (u, _) in zip(truth, found.values(), strict=True):
        assert abs(x - 160 * u) < 6


def test_the_picture_is_a_picture(built: Space) -> None:
    data = made(built)["png"]
    assert data.startswith(PNG)
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert width == 1080
    assert height > 900
    assert len(data) > 100_000


def test_the_frames_are_those_that_are_drawn(tmp_path: Path) -> None:
    """Only what is true of them: the noise in them may differ with the versions."""
    space = video(tmp_path / "video")
    before = sorted(space.tree())
    truth = space.read("truth.json")
    subprocess.run([sys.executable, "make_frames.py"], cwd=space.root, check=True)
    assert space.read("truth.json") == truth
    assert sorted(space.tree()) == before
    assert sum(path.stat().st_size for path in VIDEO.glob("frames/*.png")) < 600_000


# -- edits that run nothing ----------------------------------------------------------------


def test_a_second_build_runs_nothing(copy: Space) -> None:
    result = build(copy)
    assert not result.built
    assert set(result.fresh) == ALL


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(
            "jobs/histograms.py", "class FrameDiff", "# why\nclass FrameDiff", id="comment"
        ),
        pytest.param("video/images.py", "a file holds", "a PNG holds", id="docstring"),
        pytest.param("video/images.py", "[:, ::-1]", "[::-1]", id="a function that no job needs"),
        pytest.param("Jobfile.toml", "title = ", "unused = 1\ntitle = ", id="an unused param"),
    ],
)  # fmt: skip
def test_what_no_job_reaches_runs_nothing(copy: Space, file: str, old: str, new: str) -> None:
    copy.replace(file, old, new)
    assert not build(copy).built


# -- edits, and what they run --------------------------------------------------------------


def test_a_threshold_two_imports_deep_runs_who_decides_by_it(copy: Space, clean) -> None:
    copy.replace("video/thresholds.py", "SAME = 0.75", "SAME = 0.7")
    result = build(copy)
    assert result.built == ["slide_changes"], "it finds the same slides, so the work ends there"
    assert result.reason("slide_changes") == "code `video/thresholds.py` changed: `SAME`"
    assert made(copy) == clean(copy)


def test_a_threshold_that_finds_other_slides_runs_what_shows_them(copy: Space, clean) -> None:
    copy.replace("video/thresholds.py", "SAME = 0.75", "SAME = 0.5")
    assert set(build(copy).built) == {"slide_changes", "slides", "enhance_contrast", "summary"}
    assert summary(copy)["slide_changes"] == [8, 19, 26]
    assert made(copy) == clean(copy)


def test_a_param_runs_the_job_that_has_it_and_what_follows(copy: Space, clean) -> None:
    copy.replace("Jobfile.toml", "window = 3", "window = 5")
    result = build(copy)
    assert result.built == ["speaker_smooth", "summary"]
    assert result.reason("speaker_smooth") == "param `window` changed 3 -> 5"
    assert made(copy) == clean(copy)


def test_a_param_put_back_runs_nothing(copy: Space) -> None:
    before = made(copy)
    copy.replace("Jobfile.toml", "bins = 24", "bins = 16")
    assert set(build(copy).built) == REACHED_BY_BINS
    assert made(copy) != before
    copy.replace("Jobfile.toml", "bins = 16", "bins = 24")
    result = build(copy)
    assert not result.built
    assert set(result.restored) == REACHED_BY_BINS
    assert made(copy) == before


def test_a_frame_that_is_replaced_runs_what_follows_from_it(copy: Space, clean) -> None:
    shutil.copyfile(copy.path("frames/frame-014.png"), copy.path("frames/frame-015.png"))
    result = build(copy)
    assert set(result.built) == ALL
    assert summary(copy)["slide_changes"] == [8, 16, 19, 26]
    assert made(copy) == clean(copy)


def test_a_frame_more_runs_all(copy: Space, clean) -> None:
    shutil.copyfile(copy.path("frames/frame-001.png"), copy.path("frames/frame-031.png"))
    result = build(copy)
    assert set(result.built) == ALL
    assert result.reason("number_of_files") == "input `frames/frame-031.png` is new"
    assert summary(copy)["slide_changes"] == [8, 15, 19, 26, 31]
    assert made(copy) == clean(copy)


def test_a_run_that_gives_the_same_ends_the_work(copy: Space) -> None:
    before = made(copy)
    copy.replace("jobs/frames.py", "len(self.job.inputs)", "len(list(self.job.inputs))")
    result = build(copy)
    assert result.built == ["number_of_files"]
    assert made(copy) == before


# -- without the Jobfile, and as a picture -------------------------------------------------


def test_the_script_finds_the_same_without_the_jobfile(built: Space, tmp_path: Path) -> None:
    space = video(tmp_path / "alone")
    space.path("Jobfile.toml").unlink()
    assert process_py(space) == "new slides in the frames 8, 15, 19, 26\n"
    assert made(space) == made(built)
    states = {path.name for path in space.path("state").iterdir()}
    assert states == {f"video_{name}.json" for name in ALL}
    state = json.loads(space.read("state/video_slide_changes.json"))
    assert state["outputs"] == {"slide_changes": [8, 15, 19, 26]}
    marks = {path: path.stat().st_mtime_ns for path in space.path("state").iterdir()}
    assert process_py(space) == "new slides in the frames 8, 15, 19, 26\n"
    assert {path: path.stat().st_mtime_ns for path in space.path("state").iterdir()} == marks


def test_the_graph_has_fourteen_nodes_and_is_drawn(built: Space, tmp_path: Path) -> None:
    dot = built.run("graph", "--dot").out
    nodes = {name for name in ALL if f'"{name}"' in dot}
    assert nodes == ALL
    picture = tmp_path / "graph.svg"
    subprocess.run(["dot", "-Tsvg", "-o", picture], input=dot, text=True, check=True)
    assert picture.read_text().count('class="node"') == 14
