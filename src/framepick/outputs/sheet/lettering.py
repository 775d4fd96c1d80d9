"""Text on pictures, in any script that a font of this machine has.

Each character is set in the first font that has it, so a name may mix scripts. Where no font has
it, the built-in font of the library shows its sign for that.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Literal

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour = str

_BOLD = ("DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf", "arialbd.ttf",
         "Arial Bold.ttf")  # fmt: skip
_REGULAR = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "arial.ttf",
            "Arial.ttf")  # fmt: skip
_FURTHER = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "wqy-microhei.ttc", "msyh.ttc",
    "YuGothM.ttc", "malgun.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf", "NotoSansBengali-Regular.ttf", "NotoSansTamil-Regular.ttf",
    "Nirmala.ttf", "Arial Unicode.ttf", "segoeui.ttf", "seguisym.ttf",
    "NotoSansSymbols2-Regular.ttf", "DroidSansFallbackFull.ttf",
)  # fmt: skip
_NO_CHARACTER = "\U0010ffff"


def width_of(text: str, size: int, bold: bool = False) -> float:
    """Width in pixels that `text` takes."""
    return sum(font.getlength(run) for font, run in _runs(text, size, bold))


def write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: int,
    colour: Colour,
    bold: bool = False,
    anchor: Literal["left", "middle", "right"] = "left",
) -> None:
    """Write one line; `place` is where on its base line it starts, has its middle or ends."""
    x, y = place
    share = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
    x -= share * width_of(text, size, bold)
    for font, run in _runs(text, size, bold):
        if isinstance(font, ImageFont.FreeTypeFont):
            draw.text((x, y), run, fill=colour, font=font, anchor="ls")
        else:
            draw.text((x, y - size), run, fill=colour, font=font)
        x += font.getlength(run)


def shortened(text: str, width: float, size: int, bold: bool = False) -> str:
    """`text`, or its beginning and end with an ellipsis where it is wider than `width` pixels."""
    if width_of(text, size, bold) <= width:
        return text
    low, high = 0, len(text)  # characters that are kept
    while high - low > 1:
        middle = (low + high) // 2
        if width_of(_without_middle(text, middle), size, bold) <= width:
            low = middle
        else:
            high = middle
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    end = kept // 3
    return text[: kept - end] + "…" + (text[-end:] if end else "")


def _runs(text: str, size: int, bold: bool) -> list[tuple[Font, str]]:
    """Stretches of `text` with the font of each."""
    fonts = {name: _load(name, size) for name in {_name_for(one, bold) for one in text}}
    groups = groupby(text, lambda one: _name_for(one, bold))
    return [(fonts[name], "".join(run)) for name, run in groups]


@lru_cache(maxsize=4096)
def _name_for(character: str, bold: bool) -> str:
    """Name of the first font that has a character, '' for the built-in one."""
    first = _BOLD + _REGULAR if bold else _REGULAR
    for name in first + _FURTHER:
        if _is_there(name) and _has(name, character):
            return name
    return next((name for name in first if _is_there(name)), "")


@lru_cache(maxsize=256)
def _is_there(name: str) -> bool:
    try:
        ImageFont.truetype(name, 16)
    except (OSError, ImportError, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _load(name: str, size: int) -> Font:
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


def _has(name: str, character: str) -> bool:
    if character.isspace():
        return True
    font = _load(name, 16)
    seen, missing = font.getmask(character), font.getmask(_NO_CHARACTER)
    return seen.size != missing.size or bytes(seen) != bytes(missing)
