"""Packs what `benchmarks/gpu.sh` needs where it runs: data, weights to start from, and wheels.

    benchmarks/gpu.sh pack FOLDER [--mib 63] [--pictures N] [--wheels NAME ...]

FRAMEPICK_DATA and FRAMEPICK_PRETRAINED name the folders that the recipe reads. Two archives come
out: data.tar.xz, with rated pictures and rated frames of clips of use train as squares of the
network's view, compressed as much as it takes for both archives to stay within `--mib`; and
wheels.tar.xz, with packages for Python 3.12 on x86-64 Linux. `--pictures` takes that many pictures
of each set and half as many clips, to try things out.
"""

from __future__ import annotations

import argparse
import csv
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from framepick.errors import FramepickError
from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.footage.frames import read_frames
from framepick.evaluation.scores import evenly_spaced
from framepick.ratings import RatedSet
from framepick.ratings.reading import find_table
from framepick.sources.photos import load_view
from framepick.training.clip_frames import training_clips
from framepick.training.config import RatingsConfig, TrainConfig, read_config
from framepick.training.datasets import read_usable
from framepick.types import Pixels, ViewSpec

RECIPE = Path(__file__).parents[1] / "recipes" / "finetune-lite2.toml"
WHEELS = ("av", "platformdirs")
"""What framepick needs to train and to decode, and an environment made for torch lacks."""
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
WORST, BEST = 15, 90
"""Bounds of WebP's quality."""
SAMPLED = 400
"""Pictures by which the quality is chosen."""
MIB = 1 << 20
OVERHEAD = 130
"""Bytes that an archive takes for a file, compressed."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to pack."""

    name: str
    """Path in the archive."""
    read: Callable[[], Pixels]


@dataclass(frozen=True, slots=True)
class Pack:
    """Tables by their path in the archive, and the pictures that they name."""

    tables: dict[str, str]
    pictures: list[Picture]


def pack(recipe: Path, folder: Path, mib: float, most: int | None, wheels: Sequence[str]) -> None:
    """Write both archives into `folder`."""
    config = read_config(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    wheel_size = _pack_wheels(folder / "wheels.tar.xz", wheels)
    weights = {Path(path) for path in (config.network.initial, *_teachers(config))}
    with TemporaryDirectory() as cached:
        packed = _collect(config, Path(os.environ["FRAMEPICK_DATA"]), Path(cached), most)
        count = len(packed.pictures)
        known = wheel_size + sum(len(lzma.compress(path.read_bytes())) for path in weights)
        room = mib * MIB - known - count * OVERHEAD
        quality = _quality(packed.pictures, 0.97 * room)
        files = {f"data/{name}": text.encode() for name, text in packed.tables.items()}
        files |= {f"data/pretrained/{path.name}": path.read_bytes() for path in sorted(weights)}
        pictures = ((f"data/{one.name}", _webp(one.read(), quality)) for one in packed.pictures)
        size = _archive(folder / "data.tar.xz", files.items(), pictures)
    print(f"{count} pictures of {config.network.view} pixels, WebP {quality}")
    print(f"data {size / MIB:.1f} MiB, wheels {wheel_size / MIB:.1f} MiB, in {folder}")
    if size + wheel_size > mib * MIB:
        raise SystemExit(f"{folder}: more than {mib:g} MiB; give --pictures, or a higher --mib")


def _teachers(config: TrainConfig) -> list[Path | str]:
    return [teacher.weights for teacher in config.data.teachers]


def _collect(config: TrainConfig, root: Path, folder: Path, most: int | None) -> Pack:
    spec, found = ViewSpec(config.network.view), Pack({}, [])
    for source in config.data.ratings:
        _add_rated(found, source, root, spec, most)
    if config.data.footage is not None:
        place = config.data.footage.path
        clips = training_clips(place)
        some = evenly_spaced(len(clips), most // 2) if most else np.arange(len(clips))
        chosen = [clips[row] for row in some]
        _add_footage(found, chosen, _inside(place, root), spec, folder)
    return found


def _add_rated(
    found: Pack, source: RatingsConfig, root: Path, spec: ViewSpec, most: int | None
) -> None:
    """Add the rows that may be trained on, with their pictures."""
    usable = read_usable(source, print)
    rated = usable.select(usable.is_free)
    rated = rated.select(evenly_spaced(len(rated), most or len(rated)))
    table = find_table(source.path)
    base = source.pictures or table.parent
    names = [path.relative_to(base).with_suffix(".webp").as_posix() for path in rated.paths]
    if len(set(names)) < len(names):
        raise SystemExit(f"{base}: two pictures differ only in the ends of their names")
    found.tables[_inside(table, root)] = _rated_table(rated, names)
    found.pictures.extend(
        Picture(f"{_inside(base, root)}/{name}", _photo(path, spec))
        for name, path in zip(names, rated.paths, strict=True)
    )


def _rated_table(rated: RatedSet, names: Sequence[str]) -> str:
    score = "beauty_mean" if rated.name == "OASIS" else "beauty"
    rows = zip(names, rated.score, rated.theme, rated.split, strict=True)
    return _table(["image", score, "theme", "split", "free"], ((*row, "true") for row in rows))


def _add_footage(
    found: Pack, clips: Sequence[RatedClip], place: str, spec: ViewSpec, folder: Path
) -> None:
    """Add rated frames, those of videos as pictures, too."""
    listed, rated = [], []
    for clip in clips:
        four = " ".join(map(str, clip.best_four))
        listed.append([clip.name, clip.use, clip.topic, clip.origin, clip.frame_count, four])
        stem = Path(clip.name).stem
        images = [f"{stem}_{index:06}.webp" for index in clip.frame_indices]
        rows = zip(clip.frame_indices, clip.ratings, images, strict=True)
        rated += [[clip.name, *row] for row in rows]
        reads = _frames(clip, spec, folder)
        found.pictures.extend(
            Picture(f"{place}/frames/{image}", read)
            for image, read in zip(images, reads, strict=True)
        )
    columns = ["file", "use", "topic", "origin", "frame_count", "best_four"]
    found.tables[f"{place}/clips.csv"] = _table(columns, [])
    found.tables[f"{place}/more_clips.csv"] = _table(columns, listed)
    columns = ["file", "frame_index", "rating", "image"]
    found.tables[f"{place}/ratings.csv"] = _table(columns[:3], [])
    found.tables[f"{place}/more_ratings.csv"] = _table(columns, rated)


def _photo(path: Path, spec: ViewSpec) -> Callable[[], Pixels]:
    return lambda: load_view(path, spec)


def _frames(clip: RatedClip, spec: ViewSpec, folder: Path) -> list[Callable[[], Pixels]]:
    """Return what reads each rated frame; those of a video are decoded together, when asked for."""
    if clip.video is None:
        return [_photo(path, spec) for path in clip.images]
    views = cache(lambda: read_frames(clip, spec, folder).views)
    return [partial(lambda row: views()[row], row) for row in range(len(clip.ratings))]


def _inside(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise SystemExit(
            f"{path}: is not in FRAMEPICK_DATA; only what is there can be packed"
        ) from None


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *rows])
    return text.getvalue()


def _quality(pictures: Sequence[Picture], room: float) -> int:
    """Return the highest quality at which all pictures take at most `room` bytes."""
    rows = evenly_spaced(len(pictures), SAMPLED)
    sample = [pictures[row].read() for row in rows]

    def fits(quality: int) -> bool:
        mean = sum(len(_webp(pixels, quality)) for pixels in sample) / len(sample)
        return mean * len(pictures) <= room

    found = WORST - 1 + bisect_left(range(WORST, BEST + 1), True, key=lambda q: not fits(q))
    if found < WORST:
        raise SystemExit("too many pictures for --mib; give --pictures, or a higher --mib")
    return found


def _webp(pixels: Pixels, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=quality, method=6)
    return file.getvalue()


def _archive(path: Path, *parts: Iterable[tuple[str, bytes]]) -> int:
    """Write named contents, and return the size of the archive."""
    partial = path.with_name(f".{path.name}.partial")
    with tarfile.open(partial, "w:xz") as archive:
        for part in parts:
            for name, content in part:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    partial.replace(path)
    return path.stat().st_size


def _pack_wheels(path: Path, names: Sequence[str]) -> int:
    """Fetch wheels of the versions that are installed here."""
    if not names:
        path.unlink(missing_ok=True)
        return 0
    with TemporaryDirectory() as folder:
        wanted = [f"{name}=={version(name)}" for name in names]
        platforms = [f"--platform={name}" for name in PLATFORMS]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--python-version=3.12", "--implementation=cp"]
        subprocess.run([*command, *platforms, "--dest", folder, *wanted], check=True)
        return _archive(path, _loosened(sorted(Path(folder).glob("*.whl"))))


def _loosened(wheels: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Give wheels without compression of their own: the archive's is better."""
    for wheel in wheels:
        file = io.BytesIO()
        with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as new:
            for entry in old.infolist():
                new.writestr(entry.filename, old.read(entry))
        yield f"wheels/{wheel.name}", file.getvalue()


def main() -> None:
    """Read the command line, and pack."""
    parser = argparse.ArgumentParser(description="Pack data for benchmarks/gpu.sh.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mib", type=float, default=63.0)
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--wheels", nargs="*", default=WHEELS)
    options = parser.parse_args()
    try:
        pack(RECIPE, options.folder, options.mib, options.pictures, options.wheels)
    except FramepickError as error:
        raise SystemExit(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise SystemExit("wheels cannot be fetched; connect, or give --wheels alone") from error


if __name__ == "__main__":
    main()
