"""Draw the frames of a short lecture, and write down what is true of them in `truth.json`.

    python make_frames.py

It was run once; the frames are kept. Five slides are shown, the door is opened for a moment, and
the speaker walks up and down, twice so near to the screen that the head is before the slide.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

HERE = Path(__file__).resolve().parent
SIZE = (160, 120)
FINE = 4  # drawn so much larger, then reduced
FRAMES = 30
CHANGES = [8, 15, 19, 26]  # the first frame of each slide but the first
DOOR_OPEN = range(11, 13)
NEARER = (5, 21)  # when the speaker stands before the screen
SCREEN = [(31, 11), (129, 8), (131, 68), (33, 65)]  # its corners, clockwise from the top left
SLIDE = (392, 240)
INK, PALE = (38, 44, 58), (205, 210, 218)


def position(frame: int) -> tuple[float, float]:
    """Return where the middle of the speaker is."""
    nearer = sum(math.exp(-(((frame - middle) / 1.6) ** 2)) for middle in NEARER)
    return 80 + 54 * math.sin(frame / 4.3 - 1.1), 85 + math.sin(frame * 1.7) - 9 * nearer


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


# -- the slides --------------------------------------------------------------------------------


def blank(title: str, paper: str, band: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", SLIDE, paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SLIDE[0], 50), fill=band)
    draw.text((18, 6), title, font=font(32), fill="white")
    return image, draw


def title_slide() -> Image.Image:
    image = Image.new("RGB", SLIDE, "#1f3a68")
    draw = ImageDraw.Draw(image)
    draw.text((196, 92), "Rivers", font=font(66), fill="white", anchor="mm")
    draw.rectangle((96, 138, 296, 143), fill="#f2b134")
    draw.text((196, 172), "where the rain goes", font=font(28), fill="#c9d6ea", anchor="mm")
    return image


def list_slide() -> Image.Image:
    image, draw = blank("Three questions", "#fbfaf5", "#1f3a68")
    for row, text in enumerate(["How much water?", "How fast?", "Where to?"]):
        y = 78 + 52 * row
        draw.ellipse((26, y + 8, 44, y + 26), fill="#f2b134")
        draw.text((62, y - 4), text, font=font(34), fill=INK)
    return image


def chart_slide() -> Image.Image:
    image, draw = blank("Water by month", "#fbfaf5", "#217a52")
    for month, height in enumerate([60, 72, 96, 128, 142, 110, 74, 52, 44, 50, 58, 64]):
        x = 28 + 29 * month
        draw.rectangle((x, 222 - height, x + 20, 222), fill="#39a06f" if month != 4 else "#d64933")
    draw.line((20, 223, 376, 223), fill=INK, width=3)
    return image


def map_slide() -> Image.Image:
    image = Image.new("RGB", SLIDE, "#cfe3b4")
    draw = ImageDraw.Draw(image)
    river = [(x, 120 + 46 * math.sin(x / 58) + x / 12) for x in range(-10, 410, 4)]
    draw.line(river, fill="#2f7fc1", width=22, joint="curve")
    draw.line([(90, 0), (118, 60), (112, 160)], fill="#2f7fc1", width=11, joint="curve")
    for x, y in [(60, 60), (250, 190), (330, 70)]:
        draw.ellipse((x - 11, y - 11, x + 11, y + 11), fill="#d64933", outline="white", width=4)
    draw.text((168, 14), "The catchment", font=font(30), fill=INK)
    return image


def end_slide() -> Image.Image:
    image = Image.new("RGB", SLIDE, "#742f3e")
    draw = ImageDraw.Draw(image)
    draw.text((196, 100), "Thank you", font=font(60), fill="white", anchor="mm")
    draw.text((196, 168), "questions?", font=font(34), fill="#f0c9a8", anchor="mm")
    return image


SLIDES = [title_slide, list_slide, chart_slide, map_slide, end_slide]


def slide_of(frame: int) -> Image.Image:
    """Return the slide that is shown in a frame."""
    return SLIDES[sum(frame >= change for change in CHANGES)]()


# -- the hall ----------------------------------------------------------------------------------


def fine(*numbers: float) -> tuple[int, ...]:
    return tuple(round(number * FINE) for number in numbers)


def hall() -> Image.Image:
    """Return the empty hall: the wall, panels, the stage, the screen's frame, the lectern."""
    width, height = fine(*SIZE)
    rows = np.linspace(0, 1, height)[:, None, None]
    wall = (1 - rows) * np.array([92, 84, 78]) + rows * np.array([62, 56, 54])
    image = Image.fromarray(np.broadcast_to(wall, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for x in range(0, 160, 16):
        draw.line(fine(x, 0, x, 104), fill=(72, 65, 61), width=2)
    draw.polygon(fine(0, 102, 160, 102, 160, 120, 0, 120), fill=(96, 70, 48))
    draw.line(fine(0, 102, 160, 102), fill=(128, 96, 66), width=4)
    corners = [fine(x + dx, y + dy) for (x, y), (dx, dy) in
               zip(SCREEN, [(-2, -2), (2, -2), (2, 2), (-2, 2)], strict=True)]  # fmt: skip
    draw.polygon(corners, fill=(28, 28, 30))
    draw.polygon(fine(143, 83, 157, 83, 154, 105, 146, 105), fill=(58, 40, 28))
    draw.polygon(fine(141, 80, 159, 80, 158, 84, 142, 84), fill=(82, 58, 40))
    return image


def on_screen(slide: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return a slide as the camera sees it, and where it is."""
    width, height = slide.size
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    equations, values = [], []
    for (x, y), (u, v) in zip((fine(*one) for one in SCREEN), corners, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    data = tuple(np.linalg.solve(np.array(equations, float), np.array(values, float)))
    size = fine(*SIZE)
    seen = slide.transform(size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC)
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon([fine(*one) for one in SCREEN], fill=255)
    return seen, mask


def add_speaker(image: Image.Image, frame: int) -> None:
    """Draw the speaker, who walks."""
    x, y = position(frame)
    step = 2.6 * math.sin(frame * 1.9)
    draw = ImageDraw.Draw(image)
    draw.ellipse(fine(x - 8, 104, x + 8, 107), fill=(70, 50, 34))
    for side in (-1, 1):
        draw.line(
            fine(x + side, y + 8, x + side * 2 + side * step, 105.5), fill=(34, 38, 56), width=14
        )
    draw.rounded_rectangle(fine(x - 5, y - 9, x + 5, y + 10), radius=14, fill=(188, 62, 48))
    draw.line(fine(x - 4.5, y - 6, x - 8, y + 3 + step / 2), fill=(168, 52, 40), width=10)
    draw.line(fine(x + 4.5, y - 6, x + 8.5, y + 1 - step), fill=(168, 52, 40), width=10)
    draw.ellipse(fine(x - 3.6, y - 18, x + 3.6, y - 9.4), fill=(226, 180, 148))
    draw.pieslice(fine(x - 3.9, y - 18.6, x + 3.9, y - 10), 180, 360, fill=(58, 38, 26))


def add_audience(image: Image.Image) -> None:
    """Draw the heads of those who listen."""
    draw = ImageDraw.Draw(image)
    for row, (y, grey) in enumerate([(114, 34), (121, 22)]):
        for seat in range(-1, 12):
            x = seat * 15 + 7 * row + 3 * math.sin(seat * 2.3 + row)
            draw.ellipse(fine(x - 4.5, y - 6, x + 4.5, y + 5), fill=(grey, grey, grey + 4))
            draw.ellipse(fine(x - 7.5, y + 2, x + 7.5, y + 16), fill=(grey, grey, grey + 4))


def draw_frame(frame: int, empty: Image.Image) -> Image.Image:
    image = empty.copy()
    seen, mask = on_screen(slide_of(frame))
    glow = Image.composite(seen, Image.new("RGB", image.size), mask)
    image.paste(seen, mask=mask)
    glow = glow.filter(ImageFilter.GaussianBlur(60))
    image = Image.fromarray(
        np.minimum(np.asarray(image) + 0.10 * np.asarray(glow), 255).astype(np.uint8)
    )
    add_speaker(image, frame)
    add_audience(image)
    light = 1.14 if frame in DOOR_OPEN else 1 + 0.012 * math.sin(frame * 2.1)
    small = ImageEnhance.Brightness(image.reduce(FINE)).enhance(light)
    noise = np.random.default_rng(frame).normal(0, 0.7, (SIZE[1], SIZE[0], 1)).round()
    return Image.fromarray(np.clip(np.asarray(small) + noise, 0, 255).astype(np.uint8))


def main() -> None:
    folder = HERE / "frames"
    folder.mkdir(exist_ok=True)
    empty = hall()
    for frame in range(1, FRAMES + 1):
        draw_frame(frame, empty).save(folder / f"frame-{frame:03d}.png", optimize=True)
    truth = {
        "slide_changes": CHANGES,
        "speaker": [[round(number, 1) for number in position(one)] for one in range(1, FRAMES + 1)],
    }
    (HERE / "truth.json").write_text(json.dumps(truth) + "\n")


if __name__ == "__main__":
    main()
