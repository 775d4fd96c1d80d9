"""How many copies of photographs are grouped with them, and which other photographs are.

    FRAMEPICK_DATA=... python -m benchmarks.near_duplicates [--photos 4000] [--copied 300]

Photographs of $FRAMEPICK_DATA are measured, some of them also as copies: cropped, blurred, exposed
otherwise, made small, and so on. No time is known of any. Groups of several photographs are listed,
to be looked at: the data hold some near-duplicates of their own.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import PhotoCache
from framepick.collection import PhotoFailure
from framepick.photos import PhotoMeter
from framepick.photos.grouping import similar_photos
from framepick.types import Pixels

_FOLDERS = ("oasis/images", "photos", "photos2")
_LEAST_SIDE = 250
"""Short side in pixels of photographs that are copied."""


def _exposed(picture: Pixels, stops: float) -> Pixels:
    light = (picture / 255.0) ** 2.2 * 2.0**stops
    return np.asarray(np.clip(light, 0, 1) ** (1 / 2.2) * 255 + 0.5, np.uint8)


def _cropped(picture: Pixels, share: float) -> Pixels:
    height, width = picture.shape[:2]
    y, x = round(height * share), round(width * share)
    return picture[y : height - y, x : width - x]


def _blurred(picture: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.01 * min(picture.shape[:2])), np.uint8)


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "cropped by 10 pixels at two sides": lambda picture: picture[10:, :-10],
    "cropped by 10 pixels all around": lambda picture: picture[10:-10, 10:-10],
    "cropped by 5 % all around": lambda picture: _cropped(picture, 0.05),
    "blurred": _blurred,
    "a stop darker": lambda picture: _exposed(picture, -1),
    "a stop brighter": lambda picture: _exposed(picture, 1),
    "half as large": lambda picture: np.asarray(
        cv2.resize(picture, None, fx=0.5, fy=0.5), np.uint8
    ),
    "without colour": lambda picture: np.repeat(
        np.asarray(Image.fromarray(picture).convert("L"))[..., None], 3, axis=2
    ),
}


def write_copies(paths: list[Path], folder: Path) -> dict[Path, tuple[Path, str]]:
    """Write copies of photographs; give what each is a copy of, and of which kind."""
    copies = {}
    for path in paths:
        picture = np.asarray(Image.open(path).convert("RGB"))
        for number, (kind, copied) in enumerate(COPIES.items()):
            copy = folder / f"{path.parent.name}_{path.stem}_{number}.jpg"
            Image.fromarray(np.ascontiguousarray(copied(picture))).save(copy, quality=92)
            copies[copy] = (path, kind)
    return copies


def groups_of(paths: list[Path], model: AestheticModel) -> list[list[Path]]:
    """Measure photographs, without their faces, and group them."""
    bare = AestheticModel(model.encoder, model.scorer, model.name)
    found = PhotoMeter(bare, PhotoCache.off()).measure(paths)
    photos = [one for one in found if not isinstance(one, PhotoFailure)]
    groups = similar_photos([one.facts for one in photos])
    return [[photos[at].path for at in group] for group in groups]


def main() -> None:
    """Print the share of copies in the group of their photograph, and groups of several."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=4000)
    parser.add_argument("--copied", type=int, default=300)
    asked = parser.parse_args()
    data = Path(os.environ["FRAMEPICK_DATA"])
    found = sorted(path for name in _FOLDERS for path in (data / name).glob("*.jpg"))
    order = np.random.default_rng(7).permutation(len(found))[: asked.photos]
    paths = [found[at] for at in order]
    large = [path for path in paths if min(Image.open(path).size) >= _LEAST_SIDE]
    model = load_model()
    with tempfile.TemporaryDirectory() as place:
        copies = write_copies(large[: asked.copied], Path(place))
        groups = groups_of(paths + list(copies), model)
    number = {path: at for at, group in enumerate(groups) for path in group}
    for kind in COPIES:
        right = [number[copy] == number[of] for copy, (of, one) in copies.items() if one == kind]
        print(f"{kind}: {np.mean(right):.1%} of {len(right)} with their photograph")
    several = [sorted({str(copies.get(path, (path,))[0]) for path in group}) for group in groups]
    print(f"groups of several of {len(paths):,} photographs:")
    print("\n".join("  " + "  ".join(names) for names in several if len(names) > 1))


if __name__ == "__main__":
    main()
