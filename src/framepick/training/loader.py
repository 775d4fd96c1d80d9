"""Where a loss gets its inputs: views made for each step, or fixed ones whose features are kept.

All chance of a step follows from the run's seed, the loss and the step's number, never from what
came before. So a run that is interrupted goes on as if nothing had happened.
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
from framepick.training.augment import Maker
from framepick.training.pictures import HELD_BYTES, Rows, Tell

CHUNK = 16
"""Pictures that are made into views at a time for the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Describer:
    """A frozen function of views (M, S, S, 3): tensors of M rows each."""

    key: str
    """Changes with whatever changes the values."""
    outputs: int
    """How many tensors it gives."""
    describe: Callable[[Tensor], list[Tensor]]


class Supply(Protocol):
    """Gives what all describers, in order, say of the G views of each of N pictures."""

    def __len__(self) -> int: ...

    def expect(self, rows: Rows) -> None:
        """Begin to read what will be asked for next."""
        ...

    def take(self, rows: Rows, chance: np.random.Generator) -> list[Tensor]:
        """Tensors of (n G) rows each, a picture's views one after the other."""
        ...


class Fresh:
    """New views for each step."""

    def __init__(self, maker: Maker, describers: Sequence[Describer]) -> None:
        self._maker, self._describers = maker, describers

    def __len__(self) -> int:
        return len(self._maker.pictures)

    def expect(self, rows: Rows) -> None:
        self._maker.pictures.expect(rows)

    def take(self, rows: Rows, chance: np.random.Generator) -> list[Tensor]:
        return _described(self._maker, self._describers, rows, torch_generator(chance))


class Fixed:
    """Views that stay the same, `rounds` of each picture; what is said of them lies on disk.

    Raises OutputError where the cache cannot be written.
    """

    def __init__(
        self, maker: Maker, describers: Sequence[Describer], rounds: int, seed: int, cache: Path
    ) -> None:
        self._count, self._rounds = len(maker.pictures), rounds
        about = f"{maker.key} {rounds} {seed} {maker.pictures.device.type}"
        self._files = [_files(cache, f"{about} {one.key}", one.outputs) for one in describers]
        self._device = maker.pictures.device
        self._maker, self._describers, self._seed = maker, describers, seed
        self._columns: list[Tensor | NDArray[np.generic]] = []

    def __len__(self) -> int:
        return self._count

    def prepare(self, tell: Tell) -> None:
        """Make and describe all views that are not on disk, and open what is there."""
        missing = [i for i, files in enumerate(self._files) if not all(map(_is_whole, files))]
        if missing:
            files = [file for i in missing for file in self._files[i]]
            self._write([self._describers[i] for i in missing], files, tell)
        self._columns = [_opened(file, self._device) for files in self._files for file in files]

    def expect(self, rows: Rows) -> None:
        pass

    def take(self, rows: Rows, chance: np.random.Generator) -> list[Tensor]:
        places = chance.integers(self._rounds, size=len(rows)) * self._count + rows
        return [self._rows(column, places).flatten(0, 1) for column in self._columns]

    def _rows(self, column: Tensor | NDArray[np.generic], places: Rows) -> Tensor:
        if isinstance(column, Tensor):
            return column[torch.from_numpy(places).to(self._device)]
        return torch.from_numpy(np.ascontiguousarray(column[places])).to(self._device)

    def _write(self, describers: Sequence[Describer], files: Sequence[Path], tell: Tell) -> None:
        """Write arrays (rounds N, G, ...), piece by piece, all or none."""
        total = self._rounds * self._count
        with ExitStack() as final, ExitStack() as stack:
            partials = [final.enter_context(whole_file(file)) for file in files]
            streams = [stack.enter_context(partial.open("wb")) for partial in partials]
            for done, number, rows in self._chunks():
                generator = torch_generator(step_chance(self._seed, "cache", number))
                groups = _described(self._maker, describers, rows, generator)
                for stream, values in zip(streams, groups, strict=True):
                    _append(stream, values, len(rows), total, is_first=number == 0)
                tell(done, total)

    def _chunks(self) -> Sequence[tuple[int, int, Rows]]:
        """Views done after it, number and rows of every chunk."""
        starts = range(0, self._count, CHUNK)
        rows = [np.arange(s, min(s + CHUNK, self._count)) for s in starts] * self._rounds
        done = np.cumsum([len(some) for some in rows])
        return [
            (int(d), number, some) for number, (d, some) in enumerate(zip(done, rows, strict=True))
        ]


def step_chance(seed: int, name: str, step: int) -> np.random.Generator:
    """Chance of one step of one loss."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), step])


def torch_generator(chance: np.random.Generator) -> torch.Generator:
    """A generator of torch on the CPU that follows from `chance`."""
    return torch.Generator().manual_seed(int(chance.integers(2**62)))


def _described(
    maker: Maker, describers: Sequence[Describer], rows: Rows, generator: torch.Generator
) -> list[Tensor]:
    views = maker.make(rows, generator).flatten(0, 1)
    return [values for one in describers for values in one.describe(views)]


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
    """Held on the device where it is small, otherwise read from disk row by row."""
    mapped: NDArray[np.generic] = np.load(file, mmap_mode="r", allow_pickle=False)
    if mapped.nbytes > HELD_BYTES:
        return mapped
    return torch.from_numpy(np.array(mapped)).to(device)


def _append(stream: BinaryIO, values: Tensor, count: int, total: int, *, is_first: bool) -> None:
    """Write rows (count G, ...) as (count, G, ...), before the first the header for `total`."""
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
