"""Draws the contact sheet: the slides, all frames, and how both were found.

Knows what a lecture is, and where things stand on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from video.images import Pixels

WIDTH, MARGIN, GAP = 1080, 28, 12
FINE = 2  # drawn so much larger, then reduced
PAPER, INK, PALE, RULE = "#fcfcfa", "#22262e", "#6c7380", "#dcdfe4"
TINTS = ("#2f6db5", "#e0a526", "#2e9364", "#8a5bb0", "#b5434f", "#3aa3a8")
PER_ROW = 10

Place = tuple[float, float]


@dataclass(frozen=True)
class Lecture:
    """What was found. ``slides`` are by their first frame, the rest is by frame."""

    title: str
    thumbnails: Sequence[Pixels]
    slides: Mapping[int, Pixels]
    positions: Mapping[int, Place]
    alike: Mapping[int, float]
    moved: Mapping[int, float]

    def slide_at(self, frame: int) -> int:
        """Return which slide is shown in a frame, counted from 0."""
        return sum(first <= frame for first in self.slides) - 1

    def tint(self, frame: int) -> str:
        return TINTS[self.slide_at(frame) % len(TINTS)]


class Page:
    """A page that is drawn from the top to the bottom: ``y`` is where the next thing goes."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * FINE, 3000 * FINE), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.y: float = MARGIN

    def text(self, at: Place, text: str, size: float, fill: str = INK, anchor: str = "la") -> None:
        font = ImageFont.load_default(size * FINE)
        self.draw.text(_fine(*at), text, fill, font, anchor)

    def paste(self, picture: Pixels, box: tuple[float, float, float, float]) -> None:
        x, y, width, height = _fine(*box)
        image = Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)
        self.image.paste(image, (x, y))

    def box(self, box: tuple[float, float, float, float], **how: str | int) -> None:
        x, y, width, height = box
        self.draw.rectangle(_fine(x, y, x + width, y + height), **how)  # type: ignore[arg-type]

    def dot(self, at: Place, radius: float, fill: str, outline: str | None = None) -> None:
        x, y = at
        self.draw.ellipse(_fine(x - radius, y - radius, x + radius, y + radius), fill, outline, 2)

    def line(self, points: Sequence[Place], fill: str, width: float = 1.0) -> None:
        self.draw.line([_fine(*one) for one in points], fill, round(width * FINE), joint="curve")

    def heading(self, text: str) -> None:
        self.text((MARGIN, self.y), text, 17)
        self.y += 28

    def finished(self) -> Image.Image:
        return self.image.crop((0, 0, WIDTH * FINE, round((self.y + MARGIN) * FINE))).reduce(FINE)


def draw(lecture: Lecture) -> Image.Image:
    """Return the sheet."""
    page = Page()
    count = len(lecture.thumbnails)
    page.text((MARGIN, page.y), lecture.title, 34)
    page.y += 46
    page.text((MARGIN, page.y), f"{count} frames, {len(lecture.slides)} slides", 16, PALE)
    page.y += 40
    _draw_slides(page, lecture)
    _draw_frames(page, lecture)
    page.heading("How well the colours go with those of the frame before")
    _draw_chart(page, lecture, lecture.alike, (-1, 1))
    page.heading("Which part of the pixels differs from the frame before")
    _draw_chart(page, lecture, lecture.moved, (0, 1))
    page.heading("The speaker, from left (0) to right (1)")
    across = {frame: x for frame, (x, _) in lecture.positions.items()}
    _draw_chart(page, lecture, across, (0, 1), as_line=True)
    return page.finished()


def _draw_slides(page: Page, lecture: Lecture) -> None:
    page.heading("Slides")
    last = len(lecture.thumbnails)
    firsts = list(lecture.slides)
    width = _column(5)
    bottom = page.y
    for at, first in enumerate(firsts):
        slide = lecture.slides[first]
        height = width * slide.shape[0] / slide.shape[1]
        x, y = MARGIN + at % 5 * (width + GAP), page.y + at // 5 * (height + 40)
        page.paste(slide, (x, y, width, height))
        page.box((x, y + height, width, 4), fill=lecture.tint(first))
        end = firsts[at + 1] - 1 if at + 1 < len(firsts) else last
        frames = f"frame {first}" if first == end else f"frames {first} to {end}"
        page.text((x, y + height + 9), frames, 14, PALE)
        bottom = y + height + 48
    page.y = bottom


def _draw_frames(page: Page, lecture: Lecture) -> None:
    page.heading("Frames")
    width, height = _column(PER_ROW), 0.0
    for at, thumbnail in enumerate(lecture.thumbnails):
        frame = at + 1
        height = width * thumbnail.shape[0] / thumbnail.shape[1]
        x, y = MARGIN + at % PER_ROW * (width + GAP), page.y + at // PER_ROW * (height + 28)
        page.paste(thumbnail, (x, y, width, height))
        page.box((x, y + height, width, 3), fill=lecture.tint(frame))
        is_first = frame in lecture.slides and frame > 1
        page.text((x, y + height + 5), str(frame), 12, INK if is_first else PALE)
        if is_first:
            page.text((x + width, y + height + 5), "new slide", 12, lecture.tint(frame), "ra")
        if frame in lecture.positions:
            u, v = lecture.positions[frame]
            page.dot((x + u * width, y + v * height), 3.2, "#ffffff")
            page.dot((x + u * width, y + v * height), 2, "#2563eb")
    rows = -(-len(lecture.thumbnails) // PER_ROW)
    page.y += rows * (height + 28) + 16


def _draw_chart(
    page: Page,
    lecture: Lecture,
    values: Mapping[int, float],
    limits: tuple[float, float],
    *,
    as_line: bool = False,
) -> None:
    """Draw numbers by frame, as bars or as a line; in the colours of the slides."""
    low, high = limits
    left, right, height = MARGIN + 30, WIDTH - MARGIN, 78
    step = (right - left) / len(lecture.thumbnails)
    top = page.y
    place = _scale(top, height, low, high)
    for value in sorted({low, 0.0, high}):
        page.line([(left, place(value)), (right, place(value))], RULE)
        page.text((left - 8, place(value)), f"{value:g}", 12, PALE, "rm")
    for first in list(lecture.slides)[1:]:
        x = left + (first - 1) * step
        page.line([(x, top), (x, top + height)], "#b9bec7")
        page.text((x, top + height + 5), str(first), 12, PALE, "ma")
    points = {frame: (left + (frame - 0.5) * step, place(one)) for frame, one in values.items()}
    if as_line:
        page.line(list(points.values()), "#b9bec7", 1.5)
    for frame, (x, y) in points.items():
        if as_line:
            page.dot((x, y), 4, lecture.tint(frame))
        else:
            ends = sorted((y, place(0)))
            bar = (x - step * 0.3, ends[0], step * 0.6, max(ends[1] - ends[0], 1))
            page.box(bar, fill=lecture.tint(frame))
    page.y += height + 34


def _scale(top: float, height: float, low: float, high: float) -> Callable[[float], float]:
    return lambda value: top + height * (high - min(max(value, low), high)) / (high - low)


def _column(count: int) -> float:
    return (WIDTH - 2 * MARGIN - (count - 1) * GAP) / count


def _fine(*numbers: float) -> tuple[int, ...]:
    return tuple(round(number * FINE) for number in numbers)
