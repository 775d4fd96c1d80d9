"""Data loaders: new views in every step, or fixed views whose frozen features are cached.

The random numbers of a step depend on the run's seed, the loss and the step's number, never on
earlier steps. So an interrupted run resumes as if it had never stopped.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framepick.files import whole_file
from framepick.protocols import Progress
from framepick.training.augment import Augmenter
from framepick.training.pictures import HELD_BYTES
from framepick.types import Rows

CHUNK = 16
"""Pictures that are augmented and encoded at a time for the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenEncoder:
    """A frozen function from views (M, S, S, 3) to tensors of M rows each."""

    key: str
    """Identifies the outputs for a cache: it changes whenever they would."""
    outputs: int
    """Number of output tensors."""
    encode: Callable[[Tensor], list[Tensor]]


class Loader(Protocol):
    """Loads the outputs of all frozen encoders, in order, for G views of each of N pictures."""

    def __len__(self) -> int: ...

    def prefetch(self, rows: Rows) -> None:
        """Begin to read the rows of the next step in the background."""
        ...

    def load(self, rows: Rows, rng: np.random.Generator) -> list[Tensor]:
        """Return tensors of n G rows each, the views of a picture one after the other."""
        ...


class OnlineLoader:
    """Makes new views in every step."""

    def __init__(self, augmenter: Augmenter, encoders: Sequence[FrozenEncoder]) -> None:
        self._augmenter, self._encoders = augmenter, encoders

    def __len__(self) -> int:
        return len(self._augmenter.pictures)

    def prefetch(self, rows: Rows) -> None:
        self._augmenter.pictures.prefetch(rows)

    def load(self, rows: Rows, rng: np.random.Generator) -> list[Tensor]:
        return _encoded(self._augmenter, self._encoders, rows, torch_generator(rng))


class CachedLoader:
    """Keeps `rounds` fixed views of each picture; their features are cached on disk.

    `prepare` raises OutputError where the cache cannot be written.
    """

    def __init__(
        self,
        augmenter: Augmenter,
        encoders: Sequence[FrozenEncoder],
        rounds: int,
        seed: int,
        cache: Path,
    ) -> None:
        self._count, self._rounds = len(augmenter.pictures), rounds
        about = f"{augmenter.key} {rounds} {seed} {augmenter.pictures.device.type}"
        self._files = [_files(cache, f"{about} {one.key}", one.outputs) for one in encoders]
        self._device = augmenter.pictures.device
        self._augmenter, self._encoders, self._seed = augmenter, encoders, seed
        self._columns: list[Tensor | NDArray[np.generic]] = []

    def __len__(self) -> int:
        return self._count

    def prepare(self, progress: Progress) -> None:
        """Compute the features that are not on disk, and open all of them."""
        missing = [i for i, files in enumerate(self._files) if not all(map(_is_whole, files))]
        if missing:
            files = [file for i in missing for file in self._files[i]]
            self._write([self._encoders[i] for i in missing], files, progress)
        self._columns = [_opened(file, self._device) for files in self._files for file in files]

    def prefetch(self, rows: Rows) -> None:
        pass

    def load(self, rows: Rows, rng: np.random.Generator) -> list[Tensor]:
        places = rng.integers(self._rounds, size=len(rows)) * self._count + rows
        return [self._rows(column, places).flatten(0, 1) for column in self._columns]

    def _rows(self, column: Tensor | NDArray[np.generic], places: Rows) -> Tensor:
        if isinstance(column, Tensor):
            return column[torch.from_numpy(places).to(self._device)]
        return torch.from_numpy(np.ascontiguousarray(column[places])).to(self._device)

    def _write(
        self, encoders: Sequence[FrozenEncoder], files: Sequence[Path], progress: Progress
    ) -> None:
        """Write arrays (rounds N, G, ...) chunk by chunk; either all files appear or none."""
        total = self._rounds * self._count
        with ExitStack() as final, ExitStack() as stack:
            partials = [final.enter_context(whole_file(file)) for file in files]
            streams = [stack.enter_context(partial.open("wb")) for partial in partials]
            for done, number, rows in self._chunks():
                generator = torch_generator(step_rng(self._seed, "cache", number))
                groups = _encoded(self._augmenter, encoders, rows, generator)
                for stream, values in zip(streams, groups, strict=True):
                    _append(stream, values, len(rows), total, is_first=number == 0)
                progress(done, total)

    def _chunks(self) -> Sequence[tuple[int, int, Rows]]:
        """Return for every chunk: views done after it, its number, its rows."""
        starts = range(0, self._count, CHUNK)
        rows = [np.arange(s, min(s + CHUNK, self._count)) for s in starts] * self._rounds
        done = np.cumsum([len(some) for some in rows])
        return [
            (int(d), number, some) for number, (d, some) in enumerate(zip(done, rows, strict=True))
        ]


def step_rng(seed: int, name: str, step: int) -> np.random.Generator:
    """Return the random generator of one step of one loss."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), step])


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """Return a torch generator on the CPU, seeded from `rng`."""
    return torch.Generator().manual_seed(int(rng.integers(2**62)))


def _encoded(
    augmenter: Augmenter, encoders: Sequence[FrozenEncoder], rows: Rows, generator: torch.Generator
) -> list[Tensor]:
    views = augmenter.augment(rows, generator).flatten(0, 1)
    return [values for one in encoders for values in one.encode(views)]


def _files(cache: Path, about: str, outputs: int) -> list[Path]:
    name = hashlib.sha256(about.encode()).hexdigest()[:24]
    return [cache / f"{name}-{number}.npy" for number in range(outputs)]


def _is_whole(file: Path) -> bool:
    try:
        np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return False
    return True


def _opened(file: Path, device: torch.device) -> Tensor | NDArray[np.generic]:
    """Load a small file to the device; map a large one, to be read row by row."""
    mapped: NDArray[np.generic] = np.load(file, mmap_mode="r", allow_pickle=False)
    if mapped.nbytes > HELD_BYTES:
        return mapped
    return torch.from_numpy(np.array(mapped)).to(device)


def _append(stream: BinaryIO, values: Tensor, count: int, total: int, *, is_first: bool) -> None:
    """Append rows (count G, ...) as (count, G, ...), after a header for `total` if first."""
    grouped = values.reshape(count, -1, *values.shape[1:]).cpu()
    array = (grouped.float() if grouped.is_floating_point() else grouped).contiguous().numpy()
    if is_first:
        header = io.BytesIO()
        fields = {
            "descr": np.lib.format.dtype_to_descr(array.dtype),
            "fortran_order": False,
            "shape": (total, *array.shape[1:]),
        }
        np.lib.format.write_array_header_1_0(header, fields)
        stream.write(header.getvalue())
    stream.write(array.tobytes())
