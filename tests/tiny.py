"""Tiny weights with their card and graph, written once for all tests of a run."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from framepick.encoding.conversion import write_graph
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint


def tiny_weights(folder: Path, seed: int = 0, name: str = "tiny") -> Path:
    """Put weights that follow from `seed` into `folder`; they load without torch."""
    for path in _written(seed).iterdir():
        shutil.copy(path, folder / f"{name}{path.suffix}")
    return folder / f"{name}.safetensors"


@cache
def _written(seed: int) -> Path:
    folder = Path(mkdtemp(prefix="framepick-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    save_checkpoint(folder / "tiny.safetensors", *tiny_checkpoint(seed))
    write_graph(folder / "tiny.safetensors")
    return folder
