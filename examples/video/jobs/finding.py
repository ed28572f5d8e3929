"""What is found: where slides change, and where the speaker is."""

from __future__ import annotations

import numpy as np
from jobs.frames import NumberOfFiles, SelectSpeaker
from jobs.histograms import FrameDifferences, HistogramCorrelationJob
from video.colours import lab
from video.deciding import is_change, middle_of
from video.images import in_frame

from jobmake import Job


class SlideChanges(Job):
    """The frames in which a slide is seen for the first time, without that of frame 1."""

    name = "slide_changes"
    least_share: float = 0.06  # of the pixels; a speaker before the screen is less
    parents = [HistogramCorrelationJob, FrameDifferences, NumberOfFiles]
    outputs_to_cache = ["slide_changes"]

    def run(self, get_correlation, get_difference, number_of_files):
        self.slide_changes = [
            frame
            for frame in range(2, number_of_files + 1)
            if is_change(get_correlation(frame), get_difference(frame), self.least_share)
        ]


class SpeakerTrack(Job):
    """Where the speaker is in each frame, as parts of its width and height; None: nobody."""

    name = "speaker_track"
    parents = [SelectSpeaker, NumberOfFiles]
    outputs_to_cache = ["positions"]

    def run(self, get_stage, number_of_files):
        colours = [lab(get_stage(frame)) for frame in range(1, number_of_files + 1)]
        empty = np.median(colours, axis=0)
        stage = self.select_speaker.polygon
        self.positions = {
            frame: None if (place := middle_of(one, empty)) is None else in_frame(place, stage)
            for frame, one in enumerate(colours, start=1)
        }


class SpeakerSmooth(Job):
    """The way of the speaker, without its smallest steps."""

    name = "speaker_smooth"
    window: int = 3  # frames
    parents = [SpeakerTrack]
    outputs_to_cache = ["positions"]

    def run(self, positions):
        half = self.window // 2
        self.positions = {}
        for frame in positions:
            near = [positions.get(frame + step) for step in range(-half, half + 1)]
            seen = [one for one in near if one is not None]
            if seen:
                x, y = np.mean(seen, axis=0).round(4).tolist()
                self.positions[frame] = (x, y)
