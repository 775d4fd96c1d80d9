"""Facts of photographs that do not come from the network: subjects, light, colour, faces, beauty.

The data folder is the one that the shipped weights are made with (see weights/README.md).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from framepick.aesthetic import AestheticModel
from framepick.cache import PhotoCache
from framepick.collection import PhotoFacts, PhotoFailure
from framepick.faces.measures import Face
from framepick.photos import PhotoMeter
from framepick.photos.personal import pictures_of
from framepick.sources.photos import load_photo
from framepick.taste.pictures import Pictures
from framepick.types import Flags, Floats, Pixels

_ANIMALS = """
ant bass beaver butterfly cougar_body cougar_face crab crayfish crocodile crocodile_head dalmatian
dolphin dragonfly elephant emu flamingo flamingo_head gerenuk hawksbill hedgehog ibis kangaroo
llama lobster nautilus octopus okapi panda pigeon platypus rhino rooster scorpion sea_horse
starfish wild_cat
"""
_PLANTS = """bonsai joshua_tree lotus sunflower water_lilly Bark Flowers Pinecone
Woods"""
_VEHICLES = """car_side ferry helicopter ketch schooner Boat Car Motocross Railroad Traffic"""
_FOOD = """pizza strawberry LukeSmithxyz/based.cooking Coffee Dessert Drink Food Pumpkin"""
_NATURE = """BuddiesOfBudgie/budgie-backgrounds elementary/wallpapers linuxdeepin/deepin-wallpapers
pop-os/wallpapers Beach Desert Galaxy Lake Moon Nature Rainbow Rocks Sky Sunset Waterfall Woods"""
_SURE_FACE = 0.6
_SIDE = 96
_QUIET = 0.02
"""Change of luma from one pixel to the next under which a place is quiet."""

SUBJECTS = ("animal", "person", "food", "landscape", "plant", "vehicle")
OASIS_CATEGORIES = ("Animal", "Object", "Person", "Scene")


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph of the data folder."""

    path: Path
    theme: str
    """What it shows, or where it comes from: pictures of a theme are alike."""
    beauty: float
    """1 to 7, as a crowd rates it."""
    category: str
    """Category of the OASIS set, '' for other photographs."""
    is_free: bool
    """Whether what is made of it may ship."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """N photographs: what the model makes of them, and facts that it does not know."""

    photos: Sequence[Photo]
    pictures: Pictures
    columns: Mapping[str, Floats]
    """(N,) facts by name, in deviations."""
    beauty: Floats
    """(N,) in deviations."""
    subjects: Mapping[str, Flags]

    @property
    def themes(self) -> NDArray[np.str_]:
        return np.array([one.theme for one in self.photos])

    @property
    def is_oasis(self) -> Flags:
        return np.array([bool(one.category) for one in self.photos])

    @property
    def is_free(self) -> Flags:
        return np.array([one.is_free for one in self.photos])


def find_photos(data: Path) -> list[Photo]:
    """Give the rated photographs of the data folder."""
    return [*_caltech_and_blog(data), *_free_sources(data), *_oasis(data)]


def measure_facts(data: Path, model: AestheticModel, cache: PhotoCache, threads: int) -> Facts:
    """Measure the photographs of the data folder by the model and without it."""
    photos = find_photos(data)
    measured = {
        one.path: one.facts
        for one in PhotoMeter(model, cache, threads).measure([photo.path for photo in photos])
        if not isinstance(one, PhotoFailure)
    }
    photos = [one for one in photos if one.path in measured]
    found = [measured[one.path] for one in photos]
    with ThreadPoolExecutor(threads) as pool:
        rows = list(pool.map(_light_and_colour, [one.path for one in photos]))
    plain = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    plain["face_size"] = np.array([_face_size(one.faces) for one in found])
    subjects = _subjects(photos, found)
    columns = {name: _deviations(one) for name, one in plain.items()}
    columns |= {name: _deviations(one.astype(np.float64)) for name, one in subjects.items()}
    for name in OASIS_CATEGORIES:
        is_one = np.array([photo.category == name for photo in photos], np.float64)
        columns[f"oasis {name}"] = _deviations(is_one)
    beauty = _deviations(np.array([one.beauty for one in photos]))
    return Facts(photos, pictures_of(found), columns, beauty, subjects)


def _caltech_and_blog(data: Path) -> Iterator[Photo]:
    for row in _rows(data / "photos_ratings.csv"):
        name = row["image"]
        stem, number = re.fullmatch(r"(.*?)_?(\d*)\.\w+", name).groups()  # type: ignore[union-attr]
        theme = f"{stem} {int(number) // 15}" if stem.startswith("photoblog") and number else stem
        yield Photo(data / "photos" / name, theme, float(row["beauty"]), "", is_free=True)


def _free_sources(data: Path) -> Iterator[Photo]:
    for row in _rows(data / "photos2.csv"):
        theme = row["source"].split(":")[0]
        yield Photo(data / "photos2" / row["image"], theme, float(row["beauty"]), "", is_free=True)


def _oasis(data: Path) -> Iterator[Photo]:
    for row in _rows(data / "oasis" / "beauty.csv"):
        is_free = row["cc0"] == "True" and row["split"] == "train"
        path, beauty = data / "oasis" / "images" / row["image"], float(row["beauty_mean"])
        yield Photo(path, row["theme"], beauty, row["category"], is_free)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _subjects(photos: Sequence[Photo], found: Sequence[PhotoFacts]) -> dict[str, Flags]:
    themes = np.array([one.theme for one in photos])
    category = np.array([one.category for one in photos])

    def of(names: str) -> Flags:
        return np.isin(themes, names.split())

    animal = of(_ANIMALS) | (category == "Animal")
    has_face = np.array([_face_size(one.faces) > 0 for one in found])
    return {
        "animal": animal,
        "person": (has_face & ~animal) | (category == "Person"),
        "food": of(_FOOD),
        "landscape": of(_NATURE),
        "plant": of(_PLANTS),
        "vehicle": of(_VEHICLES),
    }


def _face_size(faces: Sequence[Face]) -> float:
    """Side of the largest face, as a share of the picture's."""
    sure = [one for one in faces if one.confidence > _SURE_FACE]
    areas = [(one.right - one.left) * (one.bottom - one.top) for one in sure]
    return float(np.sqrt(max(areas, default=0.0)))


def _light_and_colour(path: Path) -> dict[str, float]:
    """Measure a photo in pixels, in another way than the model's measures do."""
    small = _small(load_photo(path))
    hue, saturation, value = (
        np.asarray(one, np.float64) / 255 for one in Image.fromarray(small).convert("HSV").split()
    )
    luma = np.asarray(Image.fromarray(small).convert("L"), np.float64) / 255
    change = np.hypot(*np.gradient(luma))
    warm = np.cos(2 * np.pi * (hue - 30 / 360)) * saturation * value  # 30 degrees is orange
    return {
        "brightness": float(value.mean()),
        "contrast": float(np.subtract(*np.quantile(luma, (0.95, 0.05)))),
        "warmth": float(warm.mean()),
        "saturation": float((saturation * value).mean()),
        "quiet": float((change < _QUIET).mean()),
    }


def _small(pixels: Pixels) -> Pixels:
    size = (_SIDE, _SIDE)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _deviations(values: Floats, most: float = 3.0) -> Floats:
    once = np.clip((values - values.mean()) / values.std(), -most, most)
    found: Floats = (once - once.mean()) / once.std()
    return found
