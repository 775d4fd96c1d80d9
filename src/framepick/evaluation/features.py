"""Numbers that describe pictures, computed once: features of frozen networks, kept on disk."""

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
"""Arrays of views: a picture and its copies are asked about by one method after the other."""


class Describer:
    """Describes views (N, S, S, 3) by features (N, F), and recalls them for the last few arrays.

    Several methods that stand on one network so pay for one pass, as long as they are asked about
    the same arrays, unchanged, one after the other.
    """

    def __init__(self, name: str, digest: str, describe: Callable[[Views], Vectors]) -> None:
        self.name = name
        self.digest = digest
        """Changes with whatever changes the features, such as a network's weights."""
        self._describe = describe
        self._recent: deque[tuple[Views, Vectors]] = deque(maxlen=_RECALLED)

    def __call__(self, views: Views) -> Vectors:
        for seen, features in self._recent:
            if seen is views:
                return features
        parts = [self._describe(views[at : at + BATCH]) for at in range(0, len(views), BATCH)]
        self._recent.append((views, np.concatenate(parts)))
        return self._recent[-1][1]


def pooled_features(network: Pretrained) -> Callable[[Views], Vectors]:
    """Mean (N, F) of each channel of the network's last level."""

    def describe(views: Views) -> Vectors:
        with torch.inference_mode():
            maps = network.maps(torch.from_numpy(np.ascontiguousarray(views)))[-1]
            features: Vectors = maps.float().mean(dim=(2, 3)).numpy()
        return features

    return describe


def cache_folder() -> Path:
    """Where features are kept unless told otherwise: framepick/ in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "framepick"


def photo_features(
    describers: Sequence[Describer], paths: Sequence[Path], spec: ViewSpec, folder: Path
) -> dict[str, Vectors]:
    """Features (N, F) of photos by each describer's name; those known to `folder` are read there.

    A picture is known by the bytes of its view. A cache that is damaged or cannot be written
    costs time only. Raises SourceError if a photo cannot be read.
    """
    kept = [
        _Kept(it, folder / f"{it.name}-{it.digest}-{spec.size}{VIEW_FILTER}.npz")
        for it in describers
    ]
    for views in photo_views(paths, spec):
        digests = [hashlib.sha256(view).hexdigest()[:_DIGEST_LENGTH] for view in views]
        for one in kept:
            one.add(digests, views)
    return {one.describer.name: one.finish() for one in kept}


class _Kept:
    """The features of one describer: those on disk, and in order those asked for."""

    def __init__(self, describer: Describer, file: Path) -> None:
        self.describer = describer
        self._file = file
        self._known = _read(file)
        self._count = len(self._known)
        self._rows: list[Vectors] = []

    def add(self, digests: Sequence[str], views: Views) -> None:
        if missing := [at for at, digest in enumerate(digests) if digest not in self._known]:
            found = self.describer(views[missing])
            self._known |= {digests[at]: row for at, row in zip(missing, found, strict=True)}
        self._rows += [self._known[digest] for digest in digests]

    def finish(self) -> Vectors:
        if len(self._known) > self._count:
            with suppress(OutputError):
                _write(self._file, self._known)
        return np.stack(self._rows)


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
