"""How frames differ from each other: by their colours, and pixel by pixel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jobs.frames import NumberOfFiles, SelectSlide, SelectSpeaker
from video.colours import histogram, lab
from video.deciding import correlation, share_that_moved
from video.functor import Functor, sort_dictionary_by_integer_key

from jobmake import Job


class HistogramsLAB(Job):
    """How often each colour occurs, by area and frame."""

    name = "histograms_lab"
    bins: int = 24
    parents = [SelectSlide, SelectSpeaker, NumberOfFiles]
    outputs_to_cache = ["histograms_lab"]

    def run(self, get_slide, get_speaker, number_of_files):
        self.histograms_lab = {
            area: {
                frame: histogram(lab(get_image(frame)), self.bins)
                for frame in range(1, number_of_files + 1)
            }
            for area, get_image in (("slides", get_slide), ("speaker", get_speaker))
        }


class HistogramsLABDiff(Job):
    """What is more, and what is less in each frame than in most of them."""

    name = "histograms_lab_diff"
    parents = [HistogramsLAB]
    outputs_to_cache = ["histograms_lab_diff"]

    def run(self, histograms_lab):
        self.histograms_lab_diff = {}
        for area, histograms in histograms_lab.items():
            usual = np.median(list(histograms.values()), axis=0)
            self.histograms_lab_diff[area] = {
                frame: one - usual for frame, one in histograms.items()
            }

    def get_outputs(self):
        """Return a function of the area and the frame."""
        differences = super().get_outputs()
        return lambda area, frame: differences[area][frame]


class HistogramCorrelationJob(Job):
    """How well the colours of each slide go with those of the frame before."""

    name = "histogram_correlation"
    attributes_to_serialize = []
    outputs_to_cache = ["histogram_correlations"]
    parents = [HistogramsLABDiff, NumberOfFiles]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

    def load_state(self):
        state = super().load_state()
        if state is None:
            return None
        correlations = state["histogram_correlations"]
        state["histogram_correlations"] = sort_dictionary_by_integer_key(correlations)
        return state

    def run(self, *args, **kwargs):
        get_histogram = args[0]
        number_of_files = args[1]
        self.histogram_correlations = {}
        previous_slide_histogram = get_histogram("slides", 1)
        for frame_index in range(2, number_of_files + 1):
            slide_histogram = get_histogram("slides", frame_index)
            if previous_slide_histogram is not None:
                self.histogram_correlations[frame_index] = correlation(
                    slide_histogram, previous_slide_histogram
                )
            previous_slide_histogram = slide_histogram

    def get_outputs(self):
        super().get_outputs()
        if self.histogram_correlations is None:
            raise RuntimeError("The correlations of the histograms have not been computed yet.")
        return Functor(self.histogram_correlations)


class FrameDifferences(Job):
    """Which part of the slide differs from the frame before, pixel by pixel."""

    name = "frame_differences"
    parents = [SelectSlide, NumberOfFiles]
    outputs_to_cache = ["frame_differences"]

    def run(self, get_slide, number_of_files):
        colours = [lab(get_slide(frame)) for frame in range(1, number_of_files + 1)]
        self.frame_differences = {
            frame: share_that_moved(*pair) for frame, pair in enumerate(pairwise(colours), start=2)
        }

    def get_outputs(self):
        return Functor(super().get_outputs())
