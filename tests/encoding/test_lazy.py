"""An encoder that is loaded when it is needed."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from framepick.encoding import LazyEncoder, load_encoder
from framepick.encoding.identity import torch_identity
from framepick.errors import WeightsError
from framepick.protocols import Encoder
from framepick.types import FrameBatch, Moment
from tests.tiny import tiny_weights


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    tiny_weights(tmp_path)
    return tmp_path / "tiny.safetensors"


def batch(size: int) -> FrameBatch:
    return FrameBatch(np.zeros((1, size, size, 3), np.uint8), (Moment(0, 0, Fraction(1), 0.0),))


def test_it_is_loaded_once_and_by_the_first_batch_at_the_latest(weights: Path) -> None:
    loaded: list[str] = []

    def load() -> Encoder:
        loaded.append(threading.current_thread().name)
        return load_encoder(weights, "cpu")

    encoder = LazyEncoder(torch_identity(weights, "auto", None), load)
    assert not loaded
    for _ in range(2):
        encoder.encode(batch(encoder.view_spec.size))
    encoder.prepare()
    assert len(loaded) == 1


def test_prepared_it_is_loaded_while_others_work(weights: Path) -> None:
    may_load, began = threading.Event(), threading.Event()

    def load() -> Encoder:
        began.set()
        assert may_load.wait(20)
        return load_encoder(weights, "cpu")

    encoder = LazyEncoder(torch_identity(weights, "auto", None), load)
    encoder.prepare()
    assert began.wait(20)
    may_load.set()
    assert len(encoder.encode(batch(encoder.view_spec.size)).aesthetic) == 1


def test_what_cannot_be_loaded_is_told_with_the_first_batch(weights: Path) -> None:
    def load() -> Encoder:
        raise WeightsError("damaged")

    encoder = LazyEncoder(torch_identity(weights, "auto", None), load)
    encoder.prepare()
    for _ in range(2):
        with pytest.raises(WeightsError, match="damaged"):
            encoder.encode(batch(encoder.view_spec.size))
