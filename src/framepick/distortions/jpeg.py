"""JPEG compression and decompression of whole batches of pictures, on any device.

Baseline JPEG with 4:2:0 chroma: 8 x 8 blocks, the quantisation tables of annex K of the
standard (ITU-T T.81), and no entropy coding, which is lossless.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

_LUMA = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 "
    "62 18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 "
    "98 112 100 103 99"
)
_CHROMA = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 "
    "99 " + " ".join(["99"] * 32)
)
_TO_YCC = torch.tensor(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)


def quantisation_factor(quality: Tensor) -> Tensor:
    """Convert JPEG quality (1 to 100) to a factor on the quantisation tables, 1 at quality 50."""
    return torch.where(quality < 50, 50.0 / quality, (200.0 - 2.0 * quality) / 100.0)


def jpeg_round_trip(pictures: Tensor, factor: Tensor) -> Tensor:
    """Compress pictures (N, 3, H, W), 0 to 1, tables multiplied by `factor` (N,), and decode."""
    height, width = pictures.shape[2:]
    padded = functional.pad(pictures, (0, -width % 16, 0, -height % 16), mode="replicate")
    planes = torch.einsum("ij,njhw->nihw", _TO_YCC.to(pictures), padded * 255.0)
    luma = _quantised(planes[:, :1] - 128.0, _table(_LUMA).to(pictures), factor) + 128.0
    small = functional.avg_pool2d(planes[:, 1:], 2)
    colour = _quantised(small, _table(_CHROMA).to(pictures), factor)
    wide = functional.interpolate(colour, scale_factor=2, mode="bilinear", align_corners=False)
    back = torch.linalg.inv(_TO_YCC).to(pictures)
    rgb = torch.einsum("ij,njhw->nihw", back, torch.cat([luma, wide], dim=1))
    return (rgb[:, :, :height, :width] / 255.0).clamp(0.0, 1.0)


def _quantised(planes: Tensor, table: Tensor, factor: Tensor) -> Tensor:
    """Quantise planes (N, K, H, W) in the cosine transform of their 8 x 8 blocks."""
    count, kinds, height, width = planes.shape
    blocks = planes.reshape(count, kinds, height // 8, 8, width // 8, 8)
    waves = _cosines().to(planes)
    steps = (table[None] * factor[:, None, None]).round().clamp(1.0, 255.0)
    steps = steps[:, None, None, :, None, :]
    spectrum = torch.einsum("ai,bj,nkhiwj->nkhawb", waves, waves, blocks)
    rounded = (spectrum / steps).round() * steps
    return torch.einsum("ai,bj,nkhawb->nkhiwj", waves, waves, rounded).reshape(planes.shape)


@cache
def _cosines() -> Tensor:
    """Return the 8-point DCT matrix: orthonormal cosines in rows."""
    place = torch.arange(8.0)
    rows = torch.cos(math.pi * (2 * place[None] + 1) * place[:, None] / 16) / 2
    rows[0] /= math.sqrt(2)
    return rows


@cache
def _table(numbers: str) -> Tensor:
    return torch.tensor([float(number) for number in numbers.split()]).reshape(8, 8)
