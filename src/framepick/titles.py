"""Tells titles, logos and test patterns from pictures, by the luma of a small view.

Graphics are even grounds and sharp edges, with little in between; pictures have shades and texture
between the two. Three kinds of graphics are told: lines of text on an even or graded ground, flat
shapes on black, and patterns of upright and level edges. All must make up the whole frame, so that
subtitles and watermarks on pictures do not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Luma8 = NDArray[np.uint8]
Levels = NDArray[np.int16]
"""(28, 28) luma of each cell, 0 to 255."""

_CELLS = 28
"""Cells along a side, of 8 pixels each in a view of 224."""
_SIDE = 224
"""Side of the view that lengths in pixels refer to."""

EVEN_STEP, SHARP_STEP = 3, 20
"""Steps of luma (0 to 255) between neighbouring pixels: up to the first, the ground is even; beyond
the second is a sharp edge."""
EVEN_SHARE = 0.6
"""Least share of even pixels. A page of credits has 0.64, a title 0.9."""
SHADED_PER_SHARP = 1.5
"""Most pixels between even and sharp for each sharp one. Titles have up to 1.4 in small and heavily
compressed videos, mostly under 0.5; most pictures of a subject on an even ground have 2 to 20."""

PATTERN_STEP = 8
"""Step of luma from which a pixel is at an edge of a test pattern."""
SHADED_PER_EDGE, SHADED_SHARE = 1.0, 0.02
"""Most pixels between even and edge for each one at an edge, and of all: a chart that is filmed has
5 % of them, colour bars 1 %."""
LEVEL_SHARE, LEVEL_STEP = 0.8, 5
"""Least share of the pixels at edges that are even, to this step, along one axis."""
UPRIGHT_EDGES, UPRIGHT_SHARE = 5, 0.6
"""Least number of columns that are edges in so large a share of the rows: colour bars have 6, the
borders of a picture 4 at most."""

BLACK_GROUND, BLACK_LUMA, FLAT_RANGE = 0.84, 24, 6
"""Least share of cells that are black and flat around a logo; their highest luma, and the largest
range of luma within a flat cell."""
SHADED_CELLS = 0.22
"""Most cells beside the ground that are neither flat nor at its edge; the moon has more."""
SAME_FLAT, SAME_LEVEL = 0.6, 12
"""Least share of edge cells as bright, to this level, as a flat part of the logo: no halo."""

GROUND_RANGE, GROUND_LEVEL = 10, 8
"""Range of luma within a cell of the ground, and its distance to the graded ground."""
GROUND_SHARE = 0.5
"""Least share of cells of the ground around text; three columns of credits leave 0.52."""
LEAST_CONTRAST = 30
"""Least difference of luma of text and ground; a faint watermark has 40 to 60."""
_STRONGEST = 6
"""Cells of the highest contrast that make up its mean."""
_REACHES = (60, 15)
"""Distances to the ground as fitted so far of the cells that it is fitted to."""
INK_LEVEL = 0.4
"""Share of the contrast from which a pixel is ink, so that thin strokes count."""
WHOLE_SHARE, TOUCHING_LEVEL = 0.7, 12
"""Least share of the inked cells that show the ground, to this level, too, or are flat."""
PALE_SHARE, PALE_SPARE = 0.3, 4
"""Most cells with neither ink nor mere ground, as a share of those that are no ground; and how many
do not count, for a short watermark."""
CROWDED_SHARE, CROWDED_EDGES = 0.65, 12
"""Least share of the edges of ink along x that lie in rows of so many: letters stand in rows, while
branches, wires and spokes reach 0.57."""
FEW_EDGES, FEW_PALE = 8, 0.05
"""Mean number of edges in an inked row that is enough where so few cells are pale: a short word in
large letters."""
SIDE_MARGIN = 5
"""Columns at the left and at the right border without ink: lights on a horizon, wires and buildings
reach the border, lines of text do not."""
STROKE_PIXELS = (7.0, 16.0)
"""Widest mean stroke along x and along y."""
INKED_ROWS = 0.65
"""Most rows with ink: lines of text have gaps between them. Pages of credits have 0.54."""


def is_title(luma: Luma8) -> bool:
    """Tell whether a view, of which `luma` (S, S) is given, shows text or graphics and no picture.

    Letters cannot be told in views of less than half of 224 pixels: they give False.
    """
    if len(luma) < _SIDE // 2:
        return False
    across, down = _steps(luma)
    step = np.maximum(across, down)
    uneven = int(np.count_nonzero(step > EVEN_STEP))
    if uneven > (1 - EVEN_SHARE) * step.size:
        return False
    if _is_pattern(across, down, uneven):
        return True
    if uneven > (1 + SHADED_PER_SHARP) * np.count_nonzero(step > SHARP_STEP):
        return False
    side = len(luma) // _CELLS
    cut = luma[: side * _CELLS, : side * _CELLS]
    darkest, brightest = _extremes(cut, side)
    return _is_logo(darkest, brightest) or _is_text(cut, darkest, brightest)


def _is_pattern(across: Luma8, down: Luma8, uneven: int) -> bool:
    """Upright and level edges around even fields."""
    is_edge = np.maximum(across, down) > PATTERN_STEP
    edges = np.count_nonzero(is_edge)
    if uneven - edges > min(SHADED_PER_EDGE * edges, SHADED_SHARE * is_edge.size):
        return False
    upright = np.count_nonzero(across > PATTERN_STEP, axis=0)
    if np.count_nonzero(upright >= UPRIGHT_SHARE * len(across)) < UPRIGHT_EDGES:
        return False
    return bool(np.mean(np.minimum(across, down)[is_edge] <= LEVEL_STEP) >= LEVEL_SHARE)


def _steps(luma: Luma8) -> tuple[Luma8, Luma8]:
    """Absolute differences (S - 1, S - 1) to the next pixel along x and along y."""
    here, right, below = luma[:-1, :-1], luma[:-1, 1:], luma[1:, :-1]
    across = np.maximum(here, right) - np.minimum(here, right)
    return across, np.maximum(here, below) - np.minimum(here, below)


def _extremes(luma: Luma8, side: int) -> tuple[Levels, Levels]:
    """Darkest and brightest pixel (28, 28) of each cell."""
    rows = luma.reshape(_CELLS, side, _CELLS * side)
    darkest = rows.min(axis=1).reshape(_CELLS, _CELLS, side).min(axis=2)
    brightest = rows.max(axis=1).reshape(_CELLS, _CELLS, side).max(axis=2)
    return darkest.astype(np.int16), brightest.astype(np.int16)


def _is_logo(darkest: Levels, brightest: Levels) -> bool:
    """Flat shapes with sharp edges on black."""
    is_flat = brightest - darkest <= FLAT_RANGE
    is_ground = is_flat & (brightest <= BLACK_LUMA)
    is_inside, is_edge = is_flat & ~is_ground, ~is_flat & (darkest <= BLACK_LUMA)
    if is_ground.mean() < BLACK_GROUND or not is_inside.any() or not is_edge.any():
        return False
    shaded = np.count_nonzero(~(is_ground | is_inside | is_edge))
    levels = (darkest + brightest)[is_inside] / 2
    apart = np.abs(brightest[is_edge][:, None] - levels[None]).min(axis=1)
    return bool(
        shaded <= SHADED_CELLS * np.count_nonzero(~is_ground)
        and np.mean(apart <= SAME_LEVEL) >= SAME_FLAT
    )


def _is_text(luma: Luma8, darkest: Levels, brightest: Levels) -> bool:
    """Lines of thin strokes on an even or graded ground."""
    ground = _ground(darkest, brightest)
    if ground is None:
        return False
    below, above = np.abs(ground - darkest), np.abs(brightest - ground)
    farthest = np.maximum(below, above)
    contrast = float(np.partition(farthest, -_STRONGEST, axis=None)[-_STRONGEST:].mean())
    least = INK_LEVEL * contrast
    is_even, is_inked = brightest - darkest <= GROUND_RANGE, farthest > least
    other = np.count_nonzero(~(is_even & (farthest <= GROUND_RANGE + GROUND_LEVEL)))
    if contrast < LEAST_CONTRAST or other > (1 - GROUND_SHARE) * ground.size:
        return False
    is_whole = is_even | (np.minimum(below, above) < TOUCHING_LEVEL)
    if np.mean(is_whole[is_inked]) < WHOLE_SHARE:
        return False
    pale = max(0, int(np.count_nonzero(~is_even & ~is_inked)) - PALE_SPARE)
    if pale > PALE_SHARE * other:
        return False
    side = len(luma) // _CELLS
    ink = np.abs(luma - ground.repeat(side, axis=0).repeat(side, axis=1)) > least
    return _is_lettering(ink, few_edges=bool(pale <= FEW_PALE * other))


def _ground(darkest: Levels, brightest: Levels) -> Levels | None:
    """Fit a gently graded ground (28, 28) to the even cells; None if it fits too few of them."""
    middle = (darkest + brightest).ravel() / 2
    is_even = (brightest - darkest <= GROUND_RANGE).ravel()
    least = GROUND_SHARE * middle.size
    if np.count_nonzero(is_even) < least:
        return None
    fitted = np.full(middle.shape, np.median(middle[is_even]))
    for reach in _REACHES:
        used = is_even & (np.abs(middle - fitted) < reach)
        if np.count_nonzero(used) < least:
            return None
        grades = _GRADES.T * used  # (6, 784)
        fitted = _GRADES @ np.linalg.solve(grades @ _GRADES, grades @ middle)
    return fitted.round().astype(np.int16).reshape(darkest.shape)


def _is_lettering(ink: NDArray[np.bool_], few_edges: bool) -> bool:
    """Tell whether `ink` (S, S) has the strokes of lines of text; `few_edges` will do."""
    edges = np.count_nonzero(ink[:, 1:] != ink[:, :-1], axis=1)
    across, down = int(edges.sum()), np.count_nonzero(ink[1:] != ink[:-1])
    rows = np.count_nonzero(edges)
    is_crowded = edges[edges >= CROWDED_EDGES].sum() >= CROWDED_SHARE * across
    if not rows or not (is_crowded or (few_edges and across >= FEW_EDGES * rows)):
        return False
    margin = SIDE_MARGIN * len(ink) // _SIDE
    reaches_border = ink[:, :margin].any() or ink[:, -margin:].any()
    area = 2 * np.count_nonzero(ink) * _SIDE / len(ink)
    return bool(
        rows <= INKED_ROWS * len(ink)
        and not reaches_border
        and area <= STROKE_PIXELS[0] * across
        and area <= STROKE_PIXELS[1] * down
    )


def _grades() -> NDArray[np.float64]:
    """The terms (784, 6) of a polynomial of second degree at each cell."""
    y, x = np.mgrid[-1 : 1 : _CELLS * 1j, -1 : 1 : _CELLS * 1j].reshape(2, -1)
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=1)


_GRADES = _grades()
