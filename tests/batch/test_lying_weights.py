"""Weights that are damaged or not what their card says: no file is worked on, in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from benchmarks.batch_faults import make_clips
from framepick.model.card import default_weights
from tests.command_line import framepick
from tests.tiny import tiny_weights

Lie = Callable[[Path], None]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "clips"
    make_clips(folder, 2)
    return folder


def cut(suffix: str) -> Lie:
    def lie(weights: Path) -> None:
        path = weights.with_suffix(suffix)
        path.write_bytes(path.read_bytes()[:-7])

    return lie


def filled(suffix: str, content: bytes) -> Lie:
    def lie(weights: Path) -> None:
        weights.with_suffix(suffix).write_bytes(content)

    return lie


def changed(suffix: str) -> Lie:
    def lie(weights: Path) -> None:
        path = weights.with_suffix(suffix)
        content = bytearray(path.read_bytes())
        content[-1] ^= 0x40
        path.write_bytes(content)

    return lie


def other_shapes(weights: Path) -> None:
    tensors = load_file(weights)
    name = next(name for name, values in tensors.items() if len(values) > 1)
    save_file({**tensors, name: tensors[name][:1].contiguous()}, weights)


def card_of_other_model(weights: Path) -> None:
    shutil.copy(default_weights().with_suffix(".json"), weights.with_suffix(".json"))


def card_with(**values: Any) -> Lie:
    def lie(weights: Path) -> None:
        path = weights.with_suffix(".json")
        card = json.loads(path.read_text())
        path.write_text(json.dumps({**card, **values}))

    return lie


def weights_of_other_seed(weights: Path) -> None:
    other = tiny_weights(weights.parent, 1, "other")
    shutil.copy(other, weights)


LIES: dict[str, Lie] = {
    "weights cut off": cut(".safetensors"),
    "weights of another magic": filled(".safetensors", b"\x80\x02}q\x00." * 2000),
    "weights of other shapes": other_shapes,
    "weights of another model": weights_of_other_seed,
    "graph cut off": cut(".xml"),
    "graph with other constants": changed(".bin"),
    "card of another model": card_of_other_model,
    "card that is no JSON": filled(".json", b"{"),
    "card of an unknown kind of model": card_with(architecture={"backbone": "resnet_9000"}),
}
OF_TORCH = ("weights cut off", "weights of other shapes", "card of another model")
"""All others concern the graph, which torch does not read."""


@pytest.mark.parametrize(
    ("lie", "runtime"),
    [*((lie, "openvino") for lie in LIES), *((lie, "torch") for lie in OF_TORCH)],
)
def test_weights_that_lie_are_refused(lie: str, runtime: str, clips: Path, tmp_path: Path) -> None:
    weights = tiny_weights(tmp_path)
    LIES[lie](weights)
    options = ("--weights", weights, "--jobs", 1, "--runtime", runtime)
    done = framepick(tmp_path, "batch", clips, "--out", "out", *options)
    [said] = [line for line in done.stderr.splitlines() if " of 2" not in line]
    assert done.returncode == 1
    assert str(weights.with_suffix("")) in said
    assert "; restore " in said
    assert not list(tmp_path.glob("out/*/picks.json"))
