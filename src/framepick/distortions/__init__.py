"""Copies of pictures with faults, beside copies that went the same way without.

A picture beats its own blurred, dark, noisy, tilted or badly cut copy whatever it shows, so that
such pairs teach and measure quality without anyone's rating. Everything works on whole batches
and on any device.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from framepick.distortions.jpeg import coarseness, stored
from framepick.distortions.kinds import KINDS as _FUNCTIONS
from framepick.distortions.kinds import VIEW_SIDE
from framepick.distortions.table import COMPOSITION, STRENGTHS, read_table

__all__ = [
    "COMPOSITION",
    "KINDS",
    "STRENGTHS",
    "TECHNICAL",
    "copies",
    "graded",
    "null_pairs",
    "to_pictures",
]

KINDS = tuple(_FUNCTIONS)
TECHNICAL = tuple(kind for kind in KINDS if kind not in COMPOSITION)
PICTURE_SIDE = 288
"""Side of the squares that photographs are squeezed to before faults are made."""


def copies(
    pictures: Tensor, kind: str, strengths: Tensor, generator: torch.Generator, *, same_draw: bool
) -> Tensor:
    """Copies with a fault of given strengths, as views.

    Parameters
    ----------
    pictures
        (N, 3, H, H), 0 to 1: whole photographs squeezed to a square.
    kind
        One of KINDS.
    strengths
        (N, K): 0 no fault, 1 mild, 2 middle, 3 strong, and all between.
    generator
        Source of all chance, on the CPU.
    same_draw
        Whether the K copies of a picture share what is left to chance, such as a direction.

    Returns
    -------
    Tensor
        (N, K, S, S, 3) uint8. All copies of a picture went one way: a framing and a side, the
        fault, a faint grain of their own, storage as JPEG of one quality, the resize.
    """
    count, levels = strengths.shape
    device = pictures.device

    def chance(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator).to(device)

    framed = _framed(pictures, chance(count, 4))
    draw = chance(count, 1 if same_draw else levels, 4).expand(count, levels, 4)
    quality = 75.0 + 20.0 * chance(count)
    scale, views = read_table()[kind], []
    for level in range(levels):
        amount = scale.amount(strengths[:, level].to(device))
        faulty = _FUNCTIONS[kind](framed, amount, draw[:, level])
        grain = 0.01 * (chance(*faulty.shape) - 0.5)
        kept = stored((faulty + grain).clamp(0, 1), coarseness(quality))
        views.append(_as_views(kept))
    return torch.stack(views, dim=1)


def graded(pictures: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    """Each picture without the fault, and with it mild, middle and strong: (N, 4, S, S, 3)."""
    strengths = torch.arange(len(STRENGTHS) + 1.0).expand(len(pictures), -1)
    return copies(pictures, kind, strengths, generator, same_draw=True)


def null_pairs(pictures: Tensor, kind: str, generator: torch.Generator) -> Tensor:
    """Two copies of each picture with the fault in one strength, 0 to 3: (N, 2, S, S, 3).

    Neither is better. Who scores the first or the second systematically higher has learnt the
    way, not the fault.
    """
    strength = torch.randint(len(STRENGTHS) + 1, (len(pictures), 1), generator=generator)
    return copies(pictures, kind, strength.expand(-1, 2).float(), generator, same_draw=False)


def to_pictures(views: Tensor) -> Tensor:
    """Bytes (N, H, H, 3) as pictures (N, 3, H, H) float32 from 0 to 1."""
    return views.permute(0, 3, 1, 2).float() / 255.0


def _framed(pictures: Tensor, draw: Tensor) -> Tensor:
    """A little less than the whole, either way round."""
    share = 0.92 + 0.08 * draw[:, 0]
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = torch.where(draw[:, 1] < 0.5, -share, share)
    matrix[:, 1, 1] = share
    matrix[:, :, 2] = (2 * draw[:, 2:] - 1) * (1 - share)[:, None]
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    seen = functional.grid_sample(
        pictures, grid, mode="bicubic", padding_mode="border", align_corners=False
    )
    return seen.clamp(0, 1)


def _as_views(pictures: Tensor) -> Tensor:
    small = functional.interpolate(
        pictures, (VIEW_SIDE, VIEW_SIDE), mode="bilinear", antialias=True, align_corners=False
    )
    return (small.clamp(0, 1) * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
