"""Features of pictures and of their distorted copies by a frozen network, cached on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framepick.distortions import KINDS, STRENGTHS, distort, to_pictures
from framepick.distortions.kinds import VIEW_SIDE
from framepick.distortions.table import fingerprint
from framepick.encoding.hardware import Runtime
from framepick.errors import OutputError
from framepick.files import whole_file
from framepick.model.networks import Network
from framepick.protocols import Progress
from framepick.training.frozen_split import digest
from framepick.training.loader import step_rng, torch_generator
from framepick.training.pictures import Pictures
from framepick.types import Rows, Vectors

Extract = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Gives pooled features (N, F) and statistics (N, S) of views (N, S, S, 3) uint8."""

BATCH = 16
COPIES_PER_SET = len(STRENGTHS) + 1
MIN_STRENGTHS, MAX_STRENGTHS = (0.5, 1.5, 2.5), (1.5, 2.5, 3.0)
"""Bounds of the three random strengths in a set of copies."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The inputs of a head for N views."""

    pooled: Vectors
    """Pooled features (N, F)."""
    statistics: Vectors
    """Statistics of levels and filters (N, S)."""

    def __len__(self) -> int:
        return len(self.pooled)

    def select(self, rows: NDArray[np.generic]) -> Features:
        """Select views by positions or by a mask (N,)."""
        return Features(self.pooled[rows], self.statistics[rows])

    def concatenate(self, others: Features) -> Features:
        """Append `others`."""
        return Features(
            np.concatenate([self.pooled, others.pooled]),
            np.concatenate([self.statistics, others.statistics]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class DistortedCopies:
    """Features of Q sets of four copies of a picture: undistorted, then ever more distorted."""

    features: Features
    """4 Q rows, the four of a set one after the other."""
    picture: Rows
    """Index (Q,) of the picture that a set was made of."""
    kind: Rows
    """Index (Q,) of the distortion in KINDS."""

    def select(self, sets: NDArray[np.generic]) -> DistortedCopies:
        """Select sets by positions or by a mask (Q,)."""
        chosen = np.arange(len(self.kind))[sets]
        rows = (COPIES_PER_SET * chosen[:, None] + np.arange(COPIES_PER_SET)).ravel()
        return DistortedCopies(self.features.select(rows), self.picture[chosen], self.kind[chosen])


class FeatureCache:
    """Extracts features with a frozen network and keeps them in the folder `cache`."""

    def __init__(
        self,
        network: Network,
        runtime: Runtime,
        cache: Path,
        side: int = VIEW_SIDE,
        extract: Extract | None = None,
    ) -> None:
        """Make copies as views of `side` pixels; `extract` computes features instead of torch."""
        name = runtime.name if extract is None else "openvino"
        about = f"{network.levels} {network.filters} {side} {name}"
        self._key = f"{digest(network.backbone)} {about}"
        network.eval().to(runtime.device).to(memory_format=torch.channels_last)
        network.backbone.set_precision(runtime.precision)
        for head in filter(None, [network.head, network.votes]):
            head.cpu()  # where they are fitted
        self._extract_views = extract or network.extract_features
        self._cache, self._side = cache, side

    def features(self, pictures: Pictures, *, is_mirrored: bool = False) -> Features:
        """Return the features of pictures of the view's size, or of their mirror images."""
        file = self._file(f"plain {is_mirrored} {pictures.digest}")
        known = _read(file)
        if known is None:
            parts = []
            for start in range(0, len(pictures), BATCH):
                views = pictures.views(np.arange(start, min(start + BATCH, len(pictures))))
                parts.append(self._extract(views.flip(2) if is_mirrored else views))
            known = _joined(parts)
            _write(file, known)
        return _features(known)

    def of_views(self, views: NDArray[np.uint8]) -> Features:
        """Return the features of views (N, S, S, 3)."""
        file = self._file(f"views {hashlib.sha256(views.tobytes()).hexdigest()}")
        known = _read(file)
        if known is None:
            known = _joined([self._extract(torch.from_numpy(views))])
            _write(file, known)
        return _features(known)

    def distorted(
        self, pictures: Pictures, share: float, seed: int, progress: Progress
    ) -> DistortedCopies:
        """Return features of distorted copies: for each kind, of a random `share` of pictures."""
        file = self._file(f"faulty {share} {seed} {fingerprint()} {pictures.digest}")
        known = _read(file)
        if known is None:
            known = self._make_distorted(pictures, share, seed, progress)
            _write(file, known)
        picture, kind = (known[name].astype(np.int64) for name in ("picture", "kind"))
        return DistortedCopies(_features(known), picture, kind)

    def _make_distorted(
        self, pictures: Pictures, share: float, seed: int, progress: Progress
    ) -> dict[str, NDArray[np.generic]]:
        parts, chosen, kinds = [], [], []
        for start in range(0, len(pictures), BATCH):
            rng = step_rng(seed, "faulty copies", start)  # renamed, it would seed otherwise
            count = min(BATCH, len(pictures) - start)
            for number, kind in enumerate(KINDS):
                rows = start + np.flatnonzero(rng.random(count) < share)
                if not len(rows):
                    continue
                strengths = rng.uniform(
                    MIN_STRENGTHS, MAX_STRENGTHS, (len(rows), len(MIN_STRENGTHS))
                )
                levels = torch.from_numpy(np.pad(strengths, ((0, 0), (1, 0)))).float()
                squares = to_pictures(pictures.views(rows))
                views = distort(
                    squares, kind, levels, torch_generator(rng), same_draw=True, side=self._side
                )
                parts.append(self._extract(views.flatten(0, 1)))
                chosen.append(rows)
                kinds.append(np.full(len(rows), number))
            progress(start + count, len(pictures))
        return {
            **_joined(parts),
            "picture": np.concatenate(chosen),
            "kind": np.concatenate(kinds),
        }

    def _extract(self, views: Tensor) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            parts = [self._extract_views(some) for some in torch.split(views, BATCH)]
        pooled, statistics = (torch.cat(column).cpu() for column in zip(*parts, strict=True))
        return pooled, statistics

    def _file(self, about: str) -> Path:
        name = hashlib.sha256(f"{self._key} {about}".encode()).hexdigest()[:24]
        return self._cache / f"{name}.npz"


def _joined(parts: Sequence[tuple[Tensor, Tensor]]) -> dict[str, NDArray[np.generic]]:
    pooled, statistics = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return {"pooled": pooled, "statistics": statistics}


def _features(known: dict[str, NDArray[np.generic]]) -> Features:
    return Features(known["pooled"].astype(np.float32), known["statistics"].astype(np.float32))


def _read(file: Path) -> dict[str, NDArray[np.generic]] | None:
    """Read the arrays in `file`; None where it is missing or damaged, so that it is made again."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as columns:
            return {name: columns[name] for name in columns.files}
    except (OSError, ValueError, TypeError, EOFError, BadZipFile):
        return None


def _write(file: Path, columns: dict[str, NDArray[np.generic]]) -> None:
    # a cache that cannot be written costs only time
    with suppress(OutputError), whole_file(file) as partial, partial.open("wb") as stream:
        np.savez(stream, **columns)  # type: ignore[arg-type]
