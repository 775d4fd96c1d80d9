"""Augmentation: from pictures to batches of views, flipped, cropped, relit or distorted.

An augmenter takes row numbers and a generator on the CPU, the only source of randomness, and
returns views (n, G, S, S, 3) uint8 on the pictures' device, G of each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from framepick.distortions import STRENGTHS, distort, to_pictures
from framepick.distortions.kinds import VIEW_SIDE
from framepick.distortions.table import fingerprint
from framepick.training.pictures import Pictures
from framepick.types import Rows

GRADES, NULLS = len(STRENGTHS) + 1, 2
PER_KIND = 4
"""Consecutive pictures of a batch that share a kind of distortion."""
MIN_CROP_SHARE, MAX_EXPOSURE_STOPS = 0.9, 0.2
"""Smallest side of a random crop, as a share; largest random change of exposure, in stops."""


class Augmenter(Protocol):
    """Turns pictures into views for training."""

    @property
    def pictures(self) -> Pictures: ...

    @property
    def key(self) -> str:
        """Identifies the views for a cache: it changes whenever they would."""
        ...

    def augment(self, rows: Rows, generator: torch.Generator) -> Tensor: ...


@dataclass(frozen=True, slots=True, eq=False)
class PlainAugmenter:
    """One view of each picture, (n, 1, S, S, 3): as it is, or flipped, cropped and relit."""

    pictures: Pictures
    view: int
    is_augmented: bool

    @property
    def key(self) -> str:
        return f"plain {self.view} {self.is_augmented} {self.pictures.digest}"

    def augment(self, rows: Rows, generator: torch.Generator) -> Tensor:
        views = self.pictures.views(rows)
        if self.is_augmented:
            views = augmented(to_pictures(views), self.view, generator)
        return resized(views, self.view)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class GradedAugmenter:
    """Six views of each picture, (n, 6, S, S, 3): four grades of a distortion and a null pair."""

    pictures: Pictures
    view: int
    kinds: Sequence[str]

    @property
    def key(self) -> str:
        about = f"{self.view} {distorted_side(self.view)} {' '.join(self.kinds)} {fingerprint()}"
        return f"graded {about} {self.pictures.digest}"

    def augment(self, rows: Rows, generator: torch.Generator) -> Tensor:
        groups = []
        for start in range(0, len(rows), PER_KIND):
            kind = self.kinds[int(torch.randint(len(self.kinds), (1,), generator=generator))]
            pictures = to_pictures(self.pictures.views(rows[start : start + PER_KIND]))
            groups.append(self._copies(pictures, kind, generator))
        views = torch.cat(groups)
        small = resized(views.flatten(0, 1), self.view)
        return small.reshape(*views.shape[:2], *small.shape[1:])

    def _copies(self, pictures: Tensor, kind: str, generator: torch.Generator) -> Tensor:
        """Make four grades of each picture and a null pair: `graded_copies` and `null_pairs`."""
        count, side = len(pictures), distorted_side(self.view)
        grades = torch.arange(float(GRADES)).expand(count, -1)
        graded = distort(pictures, kind, grades, generator, same_draw=True, side=side)
        strength = torch.randint(GRADES, (count, 1), generator=generator).expand(-1, NULLS).float()
        null = distort(pictures, kind, strength, generator, same_draw=False, side=side)
        return torch.cat([graded, null], dim=1)


@dataclass(frozen=True, slots=True, eq=False)
class UnlabelledAugmenter:
    """One view of each picture, (n, 1, S, S, 3), a random share of them distorted."""

    pictures: Pictures
    view: int
    is_augmented: bool
    distorted_share: float
    kinds: Sequence[str]

    @property
    def key(self) -> str:
        sides = f"{self.view} {distorted_side(self.view)}"
        about = f"{sides} {self.is_augmented} {self.distorted_share} {' '.join(self.kinds)}"
        return f"unlabelled {about} {fingerprint()} {self.pictures.digest}"

    def augment(self, rows: Rows, generator: torch.Generator) -> Tensor:
        is_distorted = (torch.rand(len(rows), generator=generator) < self.distorted_share).numpy()
        device = self.pictures.device
        views = torch.empty(len(rows), self.view, self.view, 3, dtype=torch.uint8, device=device)
        plain = PlainAugmenter(self.pictures, self.view, self.is_augmented)
        if not is_distorted.all():
            views[torch.from_numpy(~is_distorted)] = plain.augment(rows[~is_distorted], generator)[
                :, 0
            ]
        places = np.flatnonzero(is_distorted)
        for start in range(0, len(places), PER_KIND):
            some = places[start : start + PER_KIND]
            views[torch.from_numpy(some)] = self._distorted(rows[some], generator)
        return views[:, None]

    def _distorted(self, rows: Rows, generator: torch.Generator) -> Tensor:
        kind = self.kinds[int(torch.randint(len(self.kinds), (1,), generator=generator))]
        strengths = torch.rand(len(rows), 1, generator=generator) * len(STRENGTHS)
        pictures = to_pictures(self.pictures.views(rows))
        side = distorted_side(self.view)
        views = distort(pictures, kind, strengths, generator, same_draw=True, side=side)
        return resized(views[:, 0], self.view)


def distorted_side(view: int) -> int:
    """Return the side that pictures are distorted at, so that no view of `view` is enlarged."""
    return max(VIEW_SIDE, view)


def augmented(pictures: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """Flip, crop and relight pictures (N, 3, H, H) at random, into views (N, S, S, 3)."""
    count, device = len(pictures), pictures.device
    draw = torch.rand(count, 5, generator=generator).to(device)
    share = 1.0 - (1.0 - MIN_CROP_SHARE) * draw[:, 0]
    matrix = torch.zeros(count, 2, 3, device=device)
    matrix[:, 0, 0] = torch.where(draw[:, 1] < 0.5, -share, share)
    matrix[:, 1, 1] = share
    matrix[:, :, 2] = (2.0 * draw[:, 2:4] - 1.0) * (1.0 - share)[:, None]
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    cropped = functional.grid_sample(
        pictures, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    gain = 2.0 ** (MAX_EXPOSURE_STOPS * (2.0 * draw[:, 4] - 1.0))
    lit = (cropped.clamp(0, 1) * gain[:, None, None, None]).clamp(0, 1)
    return resized((lit * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1), side)


def resized(views: Tensor, side: int) -> Tensor:
    """Resize bytes (N, H, H, 3) to (N, S, S, 3); unchanged where H is S."""
    if views.shape[1] == side:
        return views.contiguous()
    small = functional.interpolate(
        to_pictures(views), (side, side), mode="bilinear", antialias=True, align_corners=False
    )
    return (small.clamp(0, 1) * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
