"""What is shown of it: the slides, and a summary of the lecture."""

from __future__ import annotations

import json

import numpy as np
from jobs.finding import SlideChanges, SpeakerSmooth
from jobs.frames import NumberOfFiles, SelectSlide, Thumbnails
from jobs.histograms import FrameDifferences, HistogramCorrelationJob
from video import sheet
from video.images import Polygon, load, rectify, stretch

from jobmake import Job


class Slides(Job):
    """Each slide in full size, without the noise, and without who stands before it."""

    name = "slides"
    target = {"inputs": ["frames/*.png"]}
    scale: float = 2.0
    parents = [SlideChanges, SelectSlide, NumberOfFiles]
    outputs_to_cache = ["slides"]

    def run(self, slide_changes, get_slide, number_of_files):
        height, width, _ = get_slide(1).shape
        size = round(width * self.scale), round(height * self.scale)
        polygon: Polygon = self.select_slide.polygon
        frames = [rectify(load(path), polygon, *size) for path in self.job.inputs]
        ends = [*slide_changes, number_of_files + 1]
        self.slides = {}
        for first, end in zip([1, *slide_changes], ends, strict=True):
            of_one = frames[first - 1 : end - 1]
            self.slides[first] = np.median(of_one, axis=0).astype(np.uint8)


class EnhanceContrast(Job):
    """The slides, easier to read."""

    name = "enhance_contrast"
    percentiles: tuple[float, float] = (0.5, 99.5)
    parents = [Slides]
    outputs_to_cache = ["enhanced"]

    def run(self, slides):
        self.enhanced = {frame: stretch(one, *self.percentiles) for frame, one in slides.items()}


class Summary(Job):
    """The lecture at a glance, for people and for programs."""

    name = "summary"
    target = {"outputs": {"sheet": "build/summary.png", "data": "build/summary.json"}}
    title: str = "Lecture"
    parents = [
        Thumbnails, NumberOfFiles, EnhanceContrast, SlideChanges, SpeakerSmooth,
        HistogramCorrelationJob, FrameDifferences,
    ]  # fmt: skip

    def run(self, get_thumbnail, number_of_files, slides, changes, positions, alike, moved):
        frames = range(1, number_of_files + 1)
        lecture = sheet.Lecture(
            title=self.title,
            thumbnails=[get_thumbnail(frame) for frame in frames],
            slides=slides,
            positions=positions,
            alike={frame: alike(frame) for frame in frames[1:]},
            moved={frame: moved(frame) for frame in frames[1:]},
        )
        sheet.draw(lecture).save(self.job.outputs.sheet)
        found = {"frames": number_of_files, "slide_changes": changes, "speaker": positions}
        self.job.outputs.data.write_text(json.dumps(found, indent=2) + "\n")
