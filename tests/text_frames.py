"""Titles, credits, logos and test patterns as films have them, drawn with Pillow's own fonts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from framepick.types import Pixels

Colour = tuple[int, int, int]
WIDTH, HEIGHT = 1280, 720
BLACK, WHITE = (0, 0, 0), (245, 245, 245)
_NAMES = ("Maria Keller", "Jonas Adeyemi", "Lin Wei", "Ada Okafor", "Peter Novak", "Sofia Rossi")
_JOBS = ("Director", "Producer", "Camera", "Editor", "Sound", "Music")
_BARS = (
    (191, 191, 191),
    (191, 191, 0),
    (0, 191, 191),
    (0, 191, 0),
    (191, 0, 191),
    (191, 0, 0),
    (0, 0, 191),
)


def view_of(image: Image.Image, size: int = 224) -> Pixels:
    """Squeeze a picture to a view, by areas."""
    return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BOX))


def text_frames() -> Iterator[tuple[str, Image.Image]]:
    """Give 40 frames of text and graphics, with what each shows."""
    yield from _titles()
    yield from _on_colours()
    yield from _credits()
    yield from _watermarks()
    yield from _logos()
    yield from _patterns()


def caption(image: Image.Image, text: str, size: float = 34) -> Image.Image:
    """Burn a subtitle into a picture, or a watermark of any `size`, where films have it."""
    drawn = image.convert("RGB")
    place = (drawn.width / 2, drawn.height * 0.92)
    pen = ImageDraw.Draw(drawn)
    pen.text(place, text, WHITE, _font(size), "ms", stroke_width=2, stroke_fill=BLACK)
    return drawn


def title(
    lines: Sequence[str], size: float, ground: Image.Image | Colour = BLACK, ink: Colour = WHITE
) -> Image.Image:
    """Draw lines of text in the middle of a ground."""
    image = ground.copy() if isinstance(ground, Image.Image) else _card(ground)
    top = (image.height - 1.3 * size * (len(lines) - 1)) / 2
    for number, line in enumerate(lines):
        place = (image.width / 2, top + 1.3 * size * number)
        ImageDraw.Draw(image).text(place, line, ink, _font(size), "mm")
    return image


def _titles() -> Iterator[tuple[str, Image.Image]]:
    for size in (44, 54, 72, 90, 120, 145, 170):
        yield f"title of {size} pixels", title(["Silent River"], size)
    yield "title in capitals", title(["THE LONG WAY HOME"], 100)
    yield "two lines", title(["Chapter One", "The Harbour"], 90)
    yield "the end", title(["THE END"], 200)
    yield "paragraph", title(["This film is a work of fiction.", "Any likeness is chance."] * 3, 44)
    small = Image.new("RGB", (160, 90))
    pen = ImageDraw.Draw(small)
    pen.text((25, 36), "Directed by A. Keller", WHITE, ImageFont.load_default_imagefont())
    yield "coarse bitmap font", small.resize((WIDTH, HEIGHT))
    portrait = title(["Day 3", "in Lisbon"], 110, Image.new("RGB", (608, 1080)))
    yield "portrait format", portrait


def _on_colours() -> Iterator[tuple[str, Image.Image]]:
    yield "black on white", title(["Chapter One"], 110, (255, 255, 255), (10, 10, 10))
    yield "white on red", title(["BREAKING NEWS"], 110, (170, 20, 30))
    yield "yellow on blue", title(["Lesson 4: Rivers"], 100, (20, 40, 150), (250, 220, 40))
    yield "navy on cream", title(["A film by", "Maria Keller"], 90, (240, 230, 205), (30, 30, 90))
    yield "grey on black", title(["all rights reserved"], 70, (8, 8, 8), (120, 120, 120))
    yield "black on yellow", title(["10 TIPS", "FOR COFFEE"], 150, (250, 215, 60), (30, 30, 30))
    blue = _graded((20, 30, 80), (60, 90, 150), is_round=False)
    yield "ground graded from top to bottom", title(["Summer in Norway"], 110, blue)
    pale = _graded((250, 250, 250), (205, 215, 225), is_round=False)
    yield "pale graded ground", title(["Quarterly report", "2024"], 100, pale, (40, 60, 90))
    red = _graded((90, 20, 20), (10, 0, 0), is_round=True)
    yield "ground graded from the middle", title(["THE RED ROOM"], 120, red)


def _credits() -> Iterator[tuple[str, Image.Image]]:
    for size, offset in ((26, 11), (34, 20), (44, 0), (60, 33)):
        yield f"roll of {size} pixels", _roll(size, offset, BLACK, WHITE)
    yield "dark roll on white", _roll(40, 10, (255, 255, 255), (20, 20, 20))
    columns = _card(BLACK)
    for number in range(45):
        place = (WIDTH * (1 + 2 * (number % 3)) / 6, 20 + 46 * (number // 3))
        name = _NAMES[number * 5 % 6]
        ImageDraw.Draw(columns).text(place, name, WHITE, _font(34), "ma")
    yield "three columns", columns
    card = title(["Thanks for watching!", "Subscribe for more"], 80, (24, 24, 32))
    yield "end card", card


def _watermarks() -> Iterator[tuple[str, Image.Image]]:
    for name, place, size, grey in (
        ("in the corner", (WIDTH * 0.85, HEIGHT * 0.93), 48, 150),
        ("at the top", (WIDTH * 0.25, HEIGHT * 0.1), 70, 100),
        ("across the middle", (WIDTH / 2, HEIGHT / 2), 130, 70),
    ):
        image = _card(BLACK)
        ImageDraw.Draw(image).text(
            place, "PREVIEW COPY"[: size // 6], (grey,) * 3, _font(size), "mm"
        )
        yield f"watermark {name} of black", image


def _logos() -> Iterator[tuple[str, Image.Image]]:
    disc, triangle, squares, play, named = (_card(BLACK) for _ in range(5))
    ImageDraw.Draw(disc).ellipse((490, 210, 790, 510), (220, 40, 40))
    yield "disc on black", disc
    ImageDraw.Draw(triangle).regular_polygon((640, 360, 180), 3, fill=(60, 160, 230))
    yield "triangle on black", triangle
    for number, colour in enumerate(((240, 80, 30), (120, 190, 20), (0, 160, 240), (250, 190, 0))):
        left, top = 530 + number % 2 * 115, 250 + number // 2 * 115
        ImageDraw.Draw(squares).rectangle((left, top, left + 105, top + 105), colour)
    yield "four squares on black", squares
    ImageDraw.Draw(play).ellipse((440, 160, 840, 560), outline=WHITE, width=30)
    ImageDraw.Draw(play).polygon([(590, 270), (590, 450), (740, 360)], WHITE)
    yield "ring on black", play
    ImageDraw.Draw(named).ellipse((560, 120, 720, 280), WHITE)
    yield "disc and name", title(["NORTHERN PICTURES"], 90, named)


def _patterns() -> Iterator[tuple[str, Image.Image]]:
    bars, studio = _card(BLACK), _card(BLACK)
    for number, colour in enumerate(_BARS):
        across = (number * WIDTH / 7, (number + 1) * WIDTH / 7)
        ImageDraw.Draw(bars).rectangle((across[0], 0, across[1], HEIGHT), colour)
        ImageDraw.Draw(studio).rectangle((across[0], 0, across[1], HEIGHT * 0.67), colour)
        below = _BARS[6 - number] if number % 2 == 0 else (19, 19, 19)
        ImageDraw.Draw(studio).rectangle((across[0], 482, across[1], 540), below)
    ImageDraw.Draw(studio).rectangle((230, 540, 460, HEIGHT), WHITE)
    yield "colour bars", bars
    yield "colour bars above other fields", studio
    card = _card((128, 128, 128))
    pen = ImageDraw.Draw(card)
    for at in range(0, WIDTH, 80):
        pen.line((at, 0, at, HEIGHT), WHITE, 3)
        pen.line((0, at, WIDTH, at), WHITE, 3)
    pen.ellipse((320, 40, 960, 680), outline=WHITE, width=4)
    for number, colour in enumerate(_BARS):
        pen.rectangle((430 + number * 60, 200, 490 + number * 60, 320), colour)
    for number in range(40):
        pen.line(
            (400 + number * 12, 440, 400 + number * 12, 520), BLACK if number % 2 else WHITE, 6
        )
    yield "test card", card


def _roll(size: int, offset: int, ground: Colour, ink: Colour) -> Image.Image:
    image = _card(ground)
    pen, font = ImageDraw.Draw(image), _font(size)
    for number in range(HEIGHT // size):
        top = 1.6 * size * number - offset
        pen.text((WIDTH * 0.46, top), _JOBS[number % 6], ink, font, "ra")
        pen.text((WIDTH * 0.54, top), _NAMES[number % 6], ink, font)
    return image


def _graded(first: Colour, last: Colour, is_round: bool) -> Image.Image:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    away = np.hypot(x / WIDTH - 0.5, y / HEIGHT - 0.5) * 1.4 if is_round else y / HEIGHT
    share = away.clip(0, 1)[..., None]
    return Image.fromarray(((1 - share) * first + share * last).round().astype(np.uint8))


def _card(colour: Colour) -> Image.Image:
    return Image.new("RGB", (WIDTH, HEIGHT), colour)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
