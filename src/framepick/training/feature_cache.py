"""What a frozen network says of pictures and of their faulty copies, computed once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framepick.distortions import KINDS, STRENGTHS, copies, to_pictures
from framepick.distortions.table import fingerprint
from framepick.encoding.hardware import Runtime
from framepick.errors import OutputError
from framepick.files import whole_file
from framepick.model.networks import Network
from framepick.training.divided import digest
from framepick.training.loader import step_chance, torch_generator
from framepick.training.pictures import Pictures, Rows, Tell
from framepick.types import Vectors

BATCH = 16
LEVELS = len(STRENGTHS) + 1
LOWEST, HIGHEST = (0.5, 1.5, 2.5), (1.5, 2.5, 3.0)
"""Between which the three strengths of a set of copies are drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a head is given of N views."""

    pooled: Vectors
    """(N, F)."""
    statistics: Vectors
    """(N, S)."""

    def __len__(self) -> int:
        return len(self.pooled)

    def choose(self, rows: NDArray[np.generic]) -> Seen:
        """Only the views `rows`: positions or a mask (N,)."""
        return Seen(self.pooled[rows], self.statistics[rows])

    def followed_by(self, others: Seen) -> Seen:
        """These and `others`."""
        return Seen(
            np.concatenate([self.pooled, others.pooled]),
            np.concatenate([self.statistics, others.statistics]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Sets of four copies of pictures: without a fault, then with it ever stronger."""

    seen: Seen
    """(4 Q) rows, the four of a set one after the other."""
    picture: Rows
    """(Q,) place of the picture that a set was made of."""
    kind: Rows
    """(Q,) place of the fault among KINDS."""

    def choose(self, sets: NDArray[np.generic]) -> Copies:
        """Only some sets: positions or a mask (Q,)."""
        chosen = np.arange(len(self.kind))[sets]
        rows = (LEVELS * chosen[:, None] + np.arange(LEVELS)).ravel()
        return Copies(self.seen.choose(rows), self.picture[chosen], self.kind[chosen])


class Observer:
    """Describes pictures by a frozen network; what is found is kept in the folder `cache`."""

    def __init__(self, network: Network, runtime: Runtime, cache: Path) -> None:
        about = f"{network.levels} {network.filters} {runtime.name}"
        self._key = f"{digest(network.backbone)} {about}"
        network.eval().to(runtime.device).to(memory_format=torch.channels_last)
        network.backbone.set_precision(runtime.precision)
        for head in filter(None, [network.head, network.votes]):
            head.cpu()  # where they are fitted
        self._network = network
        self._cache = cache

    def plain(self, pictures: Pictures, *, is_mirrored: bool = False) -> Seen:
        """Describe pictures of the view's size as they are, or mirrored."""
        file = self._file(f"plain {is_mirrored} {pictures.digest}")
        known = _read(file)
        if known is None:
            parts = []
            for start in range(0, len(pictures), BATCH):
                views = pictures.views(np.arange(start, min(start + BATCH, len(pictures))))
                parts.append(self._describe(views.flip(2) if is_mirrored else views))
            known = _joined(parts)
            _write(file, known)
        return _seen(known)

    def faulty(self, pictures: Pictures, share: float, seed: int, tell: Tell) -> Copies:
        """Make and describe, for each kind of fault, copies of a random `share` of pictures."""
        file = self._file(f"faulty {share} {seed} {fingerprint()} {pictures.digest}")
        known = _read(file)
        if known is None:
            known = self._make_faulty(pictures, share, seed, tell)
            _write(file, known)
        picture, kind = (known[name].astype(np.int64) for name in ("picture", "kind"))
        return Copies(_seen(known), picture, kind)

    def _make_faulty(
        self, pictures: Pictures, share: float, seed: int, tell: Tell
    ) -> dict[str, NDArray[np.generic]]:
        parts, chosen, kinds = [], [], []
        for start in range(0, len(pictures), BATCH):
            chance = step_chance(seed, "faulty copies", start)
            count = min(BATCH, len(pictures) - start)
            for number, kind in enumerate(KINDS):
                rows = start + np.flatnonzero(chance.random(count) < share)
                if not len(rows):
                    continue
                strengths = chance.uniform(LOWEST, HIGHEST, (len(rows), len(LOWEST)))
                levels = torch.from_numpy(np.pad(strengths, ((0, 0), (1, 0)))).float()
                squares = to_pictures(pictures.views(rows))
                views = copies(squares, kind, levels, torch_generator(chance), same_draw=True)
                parts.append(self._describe(views.flatten(0, 1)))
                chosen.append(rows)
                kinds.append(np.full(len(rows), number))
            tell(start + count, len(pictures))
        return {
            **_joined(parts),
            "picture": np.concatenate(chosen),
            "kind": np.concatenate(kinds),
        }

    def _describe(self, views: Tensor) -> tuple[Tensor, Tensor]:
        with torch.inference_mode():
            parts = [self._network.describe(some) for some in torch.split(views, BATCH)]
        pooled, statistics = (torch.cat(column).cpu() for column in zip(*parts, strict=True))
        return pooled, statistics

    def _file(self, about: str) -> Path:
        name = hashlib.sha256(f"{self._key} {about}".encode()).hexdigest()[:24]
        return self._cache / f"{name}.npz"


def _joined(parts: Sequence[tuple[Tensor, Tensor]]) -> dict[str, NDArray[np.generic]]:
    pooled, statistics = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return {"pooled": pooled, "statistics": statistics}


def _seen(known: dict[str, NDArray[np.generic]]) -> Seen:
    return Seen(known["pooled"].astype(np.float32), known["statistics"].astype(np.float32))


def _read(file: Path) -> dict[str, NDArray[np.generic]] | None:
    """What is kept in `file`; None where nothing whole is, so that it is made again."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as columns:
            return {name: columns[name] for name in columns.files}
    except (OSError, ValueError, TypeError, EOFError, BadZipFile):
        return None


def _write(file: Path, columns: dict[str, NDArray[np.generic]]) -> None:
    # a cache that cannot be written costs time only
    with suppress(OutputError), whole_file(file) as partial, partial.open("wb") as stream:
        np.savez(stream, **columns)  # type: ignore[arg-type]
