"""Features of pictures by frozen networks, cached on disk."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch

from framepick.errors import OutputError
from framepick.evaluation.scores import BATCH, Views, photo_views
from framepick.files import whole_file
from framepick.model.pretrained import Pretrained
from framepick.types import VIEW_FILTER, Vectors, ViewSpec

_DIGEST_LENGTH = 32
_RECALLED = 8
"""Arrays of views whose features are memoised, for several methods on one network."""


class FeatureExtractor:
    """Extracts features (N, F) of views (N, S, S, 3), memoised for the last few arrays.

    Several methods on one network so share one pass, as long as they are given the same arrays,
    unchanged, one after the other.
    """

    def __init__(self, name: str, digest: str, extract: Callable[[Views], Vectors]) -> None:
        self.name = name
        self.digest = digest
        """A hash of whatever determines the features, such as a network's weights."""
        self._extract = extract
        self._recent: deque[tuple[Views, Vectors]] = deque(maxlen=_RECALLED)

    def __call__(self, views: Views) -> Vectors:
        for seen, features in self._recent:
            if seen is views:
                return features
        parts = [self._extract(views[at : at + BATCH]) for at in range(0, len(views), BATCH)]
        self._recent.append((views, np.concatenate(parts)))
        return self._recent[-1][1]


def pooled_features(network: Pretrained) -> Callable[[Views], Vectors]:
    """Return a function that averages each channel of the network's last level: (N, F)."""

    def extract(views: Views) -> Vectors:
        with torch.inference_mode():
            maps = network.maps(torch.from_numpy(np.ascontiguousarray(views)))[-1]
            features: Vectors = maps.float().mean(dim=(2, 3)).numpy()
        return features

    return extract


def cache_folder() -> Path:
    """Return the default folder of cached features: framepick/ in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "framepick"


def photo_features(
    extractors: Sequence[FeatureExtractor], paths: Sequence[Path], spec: ViewSpec, folder: Path
) -> dict[str, Vectors]:
    """Return features (N, F) of photos by extractor name, cached in `folder`.

    Raises SourceError if a photo cannot be read.
    """
    kept = [CachedFeatures(it, spec, folder) for it in extractors]
    rows: dict[str, list[Vectors]] = {one.extractor.name: [] for one in kept}
    for views in photo_views(paths, spec):
        for one in kept:
            rows[one.extractor.name].append(one(views))
    for one in kept:
        one.save()
    return {name: np.concatenate(parts) for name, parts in rows.items()}


class CachedFeatures:
    """The features of one extractor: those of views that are known are read from the disk.

    The cache key of a view is its hash. A cache that is damaged or cannot be written costs only
    time.
    """

    def __init__(self, extractor: FeatureExtractor, spec: ViewSpec, folder: Path) -> None:
        self.extractor = extractor
        self._file = folder / f"{extractor.name}-{extractor.digest}-{spec.size}{VIEW_FILTER}.npz"
        self._known = _read(self._file)
        self._saved = len(self._known)

    def __call__(self, views: Views) -> Vectors:
        """Return features (N, F) of views (N, S, S, 3)."""
        digests = [hashlib.sha256(view).hexdigest()[:_DIGEST_LENGTH] for view in views]
        if missing := [at for at, digest in enumerate(digests) if digest not in self._known]:
            found = self.extractor(views[missing])
            self._known |= {digests[at]: row for at, row in zip(missing, found, strict=True)}
        return np.stack([self._known[digest] for digest in digests])

    def save(self) -> None:
        """Write what is new to the cache."""
        if len(self._known) > self._saved:
            with suppress(OutputError):
                _write(self._file, self._known)
            self._saved = len(self._known)


def _read(file: Path) -> dict[str, Vectors]:
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as columns:
            digests, features = columns["digests"], columns["features"]
        return dict(zip(digests.tolist(), features.astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def _write(file: Path, known: dict[str, Vectors]) -> None:
    with whole_file(file) as partial, partial.open("wb") as stream:
        np.savez(stream, digests=np.array(list(known)), features=np.stack(list(known.values())))
