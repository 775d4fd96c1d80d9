"""Distorted copies of pictures, and undistorted ones made by the same pipeline.

A picture beats its own blurred, dark, noisy, tilted or badly cut copy whatever it shows, so that
such pairs teach and measure quality without anyone's rating. Everything works on whole batches
and on any device.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from framepick.distortions.jpeg import jpeg_round_trip, quantisation_factor
from framepick.distortions.kinds import KINDS as _FUNCTIONS
from framepick.distortions.kinds import VIEW_SIDE
from framepick.distortions.table import COMPOSITION, STRENGTHS, read_table

__all__ = [
    "COMPOSITION",
    "KINDS",
    "STRENGTHS",
    "TECHNICAL",
    "distort",
    "graded_copies",
    "null_pairs",
    "to_pictures",
]

KINDS = tuple(_FUNCTIONS)
TECHNICAL = tuple(kind for kind in KINDS if kind not in COMPOSITION)
PICTURE_SIDE = 288
"""Side of the squares that photographs are squeezed to before they are distorted."""


def distort(
    pictures: Tensor,
    kind: str,
    strengths: Tensor,
    generator: torch.Generator,
    *,
    same_draw: bool,
    side: int = VIEW_SIDE,
) -> Tensor:
    """Make copies distorted at given strengths, as views.

    Parameters
    ----------
    pictures
        (N, 3, H, H), 0 to 1: whole photographs squeezed to a square.
    kind
        One of KINDS.
    strengths
        (N, K): 0 none, 1 mild, 2 middle, 3 strong, and all between.
    generator
        The source of all randomness, on the CPU.
    same_draw
        Whether the K copies of a picture share their random values, such as a direction.
    side
        S, the side of the views.

    Returns
    -------
    Tensor
        (N, K, S, S, 3) uint8. All copies of a picture take the same steps: a crop and perhaps a
        flip, the distortion, a faint noise of their own, JPEG at one quality, the resize.
    """
    count, levels = strengths.shape
    device = pictures.device

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator).to(device)

    cropped = _cropped(pictures, uniform(count, 4))
    draw = uniform(count, 1 if same_draw else levels, 4).expand(count, levels, 4)
    quality = 75.0 + 20.0 * uniform(count)
    scale, views = read_table()[kind], []
    for level in range(levels):
        amount = scale.amount(strengths[:, level].to(device))
        distorted = _FUNCTIONS[kind](cropped, amount, draw[:, level])
        noise = 0.01 * (uniform(*distorted.shape) - 0.5)
        compressed = jpeg_round_trip((distorted + noise).clamp(0, 1), quantisation_factor(quality))
        views.append(_as_views(compressed, side))
    return torch.stack(views, dim=1)


def graded_copies(
    pictures: Tensor, kind: str, generator: torch.Generator, side: int = VIEW_SIDE
) -> Tensor:
    """Make an undistorted, a mild, a middle and a strong copy of each picture: (N, 4, S, S, 3)."""
    strengths = torch.arange(len(STRENGTHS) + 1.0).expand(len(pictures), -1)
    return distort(pictures, kind, strengths, generator, same_draw=True, side=side)


def null_pairs(
    pictures: Tensor, kind: str, generator: torch.Generator, side: int = VIEW_SIDE
) -> Tensor:
    """Make two copies of each picture, distorted at the same strength: (N, 2, S, S, 3).

    Neither is better. A model that systematically scores the first or the second higher has
    learnt traces of the pipeline, not the distortion.
    """
    strength = torch.randint(len(STRENGTHS) + 1, (len(pictures), 1), generator=generator)
    strengths = strength.expand(-1, 2).float()
    return distort(pictures, kind, strengths, generator, same_draw=False, side=side)


def to_pictures(views: Tensor) -> Tensor:
    """Convert bytes (N, H, H, 3) to pictures (N, 3, H, H) float32 from 0 to 1."""
    return views.permute(0, 3, 1, 2).float() / 255.0


def _cropped(pictures: Tensor, draw: Tensor) -> Tensor:
    """Crop a little at random, and flip half of the pictures."""
    share = 0.92 + 0.08 * draw[:, 0]
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = torch.where(draw[:, 1] < 0.5, -share, share)
    matrix[:, 1, 1] = share
    matrix[:, :, 2] = (2 * draw[:, 2:] - 1) * (1 - share)[:, None]
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    cropped = functional.grid_sample(
        pictures, grid, mode="bicubic", padding_mode="border", align_corners=False
    )
    return cropped.clamp(0, 1)


def _as_views(pictures: Tensor, side: int) -> Tensor:
    small = functional.interpolate(
        pictures, (side, side), mode="bilinear", antialias=True, align_corners=False
    )
    return (small.clamp(0, 1) * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
