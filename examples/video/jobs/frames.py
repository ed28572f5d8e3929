"""The frames, and the two parts of them that matter: the slide and the speaker."""

from __future__ import annotations

from video.functor import Functor
from video.images import Polygon, load, rectify, resize

from jobmake import Job


class NumberOfFiles(Job):
    """How many frames there are."""

    name = "number_of_files"
    target = {"inputs": ["frames/*.png"]}
    outputs_to_cache = ["number_of_files"]

    def run(self):
        self.number_of_files = len(self.job.inputs)


class Thumbnails(Job):
    """The frames in small, numbered from 1."""

    name = "thumbnails"
    target = {"inputs": ["frames/*.png"]}
    width: int = 120
    outputs_to_cache = ["thumbnails"]

    def run(self):
        self.thumbnails = {
            frame: resize(load(path), self.width)
            for frame, path in enumerate(self.job.inputs, start=1)
        }

    def get_outputs(self):
        return Functor(super().get_outputs())


class SelectPolygonJob(Job):
    """A part of each frame, as a rectangle. Which part, its children say."""

    polygon: Polygon
    size: tuple[int, int]
    parents = [Thumbnails, NumberOfFiles]
    outputs_to_cache = ["images"]

    def run(self, get_thumbnail, number_of_files):
        self.images = {
            frame: rectify(get_thumbnail(frame), self.polygon, *self.size)
            for frame in range(1, number_of_files + 1)
        }

    def get_outputs(self):
        return Functor(super().get_outputs())


class SelectSlide(SelectPolygonJob):
    """The screen, from the front."""

    name = "select_slide"
    polygon: Polygon = ((0.197, 0.096), (0.804, 0.071), (0.815, 0.563), (0.21, 0.538))
    size: tuple[int, int] = (98, 60)


class SelectSpeaker(SelectPolygonJob):
    """The stage, under the screen and before the lectern's top."""

    name = "select_speaker"
    polygon: Polygon = ((0, 0.585), (1, 0.585), (1, 0.89), (0, 0.89))
    size: tuple[int, int] = (160, 37)
