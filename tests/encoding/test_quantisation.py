"""Graphs in int8: made from views, true to the network, and never mixed with fp32."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.encoding import available_runtimes, graph, load_encoder, runtimes
from framepick.encoding.conversion import write_graph
from framepick.encoding.graph import graph_paths
from framepick.encoding.openvino_library import core
from framepick.encoding.values import read_values, to_arrays
from framepick.errors import UsageError, WeightsError
from framepick.extras import is_installed
from framepick.metrics import spearman
from framepick.model.card import card_path, read_card
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from framepick.types import Floats
from tests.encoding.test_runtimes import ARCHITECTURES, batch, drawn

pytestmark = pytest.mark.skipif(
    not (is_installed("openvino") and is_installed("nncf")), reason="nncf is not installed"
)


def colours(count: int, seed: int) -> NDArray[np.uint8]:
    """Grainy views of one colour each, all of one brightness."""
    rng = np.random.default_rng(seed)
    means = 5 + 240 * rng.dirichlet((1, 1, 1), count).reshape(count, 1, 1, 3)
    return (means + rng.normal(0, 10, (count, 32, 32, 3))).clip(0, 255).astype(np.uint8)


def scores(weights: Path, precision: str = "auto") -> Floats:
    """Norms of the aesthetic vectors of 64 views."""
    encoder = load_encoder(weights, runtime="openvino", precision=precision)
    vectors = encoder.encode(batch(colours(64, seed=1))).aesthetic
    return np.asarray(np.linalg.norm(vectors, axis=1), np.float64)


def tiny(path: Path, seed: int = 0) -> Path:
    save_checkpoint(path, *tiny_checkpoint(seed))
    return path


def read_by_name(weights: Path) -> set[str]:
    """Names of the tensors that a graph reads from the file of weights."""
    model = core().read_model(*(path.read_bytes() for path in graph_paths(weights)))
    return {parameter.get_friendly_name() for parameter in model.get_parameters()[1:]}


@pytest.fixture(scope="module")
def int8(tmp_path_factory: pytest.TempPathFactory) -> Path:
    weights = tiny(tmp_path_factory.mktemp("int8") / "tiny.safetensors")
    write_graph(weights, colours(24, seed=0))
    return weights


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "is_installed", lambda name: name != "torch")


# The same scores


def test_int8_keeps_the_order_of_fp32_and_not_that_of_other_weights(
    int8: Path, tmp_path: Path
) -> None:
    found = scores(int8)
    assert spearman(found, scores(tiny(tmp_path / "same.safetensors"))) > 0.99
    assert spearman(found, scores(tiny(tmp_path / "other.safetensors", seed=1))) < 0.5


def test_int8_does_compute_in_int8(int8: Path) -> None:
    found, exact = scores(int8), scores(int8, "float32")
    assert not np.array_equal(found, exact)
    runtime = load_encoder(int8, runtime="openvino").runtime
    assert runtime == "int8-openvino"


def test_float32_is_converted_from_the_weights(int8: Path, tmp_path: Path) -> None:
    plain = tiny(tmp_path / "plain.safetensors")
    assert np.array_equal(scores(int8, "float32"), scores(plain))


def test_the_head_is_read_from_the_weights_and_the_convolutions_from_the_graph(int8: Path) -> None:
    named, arrays = read_by_name(int8), to_arrays(int8, read_values(int8))
    head = {name for name, part in arrays.items() if name.startswith("head.") and part.size > 1}
    convolutions = {name for name in arrays if name.startswith("backbone.") and "weight" in name}
    assert head <= named
    assert convolutions
    assert not convolutions & named


def test_the_first_convolutions_of_a_deep_network_stay_in_float32(tmp_path: Path) -> None:
    weights = drawn(tmp_path / "deep.safetensors", ARCHITECTURES["efficientnet_lite0"])
    exact = scores(weights)
    write_graph(weights, colours(8, seed=0))
    arrays = to_arrays(weights, read_values(weights))
    convolutions = {
        name for name in arrays if name.startswith("backbone.") and arrays[name].ndim == 4
    }
    assert len(convolutions) == 49
    assert len(convolutions & read_by_name(weights)) == 2
    assert spearman(scores(weights), exact) > 0.9


def test_the_same_weights_and_views_give_the_same_graph(int8: Path, tmp_path: Path) -> None:
    again = tiny(tmp_path / "tiny.safetensors")
    write_graph(again, colours(24, seed=0))
    for one, other in zip(graph_paths(int8), graph_paths(again), strict=True):
        assert one.read_bytes() == other.read_bytes()


# One cache for each


def test_encoders_of_either_precision_and_of_other_calibration_have_other_names(
    int8: Path, tmp_path: Path
) -> None:
    other = tiny(tmp_path / "tiny.safetensors")
    write_graph(other, colours(24, seed=5) // 2)
    names = [
        load_encoder(weights, runtime="openvino", precision=precision).encoder_id
        for weights, precision in ((int8, "auto"), (int8, "float32"), (other, "auto"))
    ]
    assert len(set(names)) == 3
    assert names[0].endswith("-32area-int8-openvino")
    assert names[1] == load_encoder(other, runtime="openvino", precision="float32").encoder_id


# The card


def test_the_card_tells_the_precision_and_one_that_tells_none_has_float32(
    int8: Path, tmp_path: Path
) -> None:
    assert read_card(int8).graph_precision == "int8"
    weights = tiny(tmp_path / "tiny.safetensors")
    write_graph(weights, colours(24, seed=0))
    write_graph(weights)
    assert read_card(weights).graph_precision == "float32"
    fields = json.loads(card_path(weights).read_text(encoding="utf-8"))
    del fields["graph_precision"]
    card_path(weights).write_text(json.dumps(fields), encoding="utf-8")
    assert load_encoder(weights, runtime="openvino").runtime == "float32-openvino"


def test_a_precision_that_no_graph_has_is_refused(tmp_path: Path) -> None:
    weights = tiny(tmp_path / "tiny.safetensors")
    text = card_path(weights).read_text(encoding="utf-8")
    wrong = text.replace('"graph_precision": "float32"', '"graph_precision": "int4"')
    card_path(weights).write_text(wrong, encoding="utf-8")
    with pytest.raises(WeightsError, match="graph_precision must be one of float32, int8"):
        load_encoder(weights, runtime="openvino")


def test_what_encodes_here_is_told_with_the_precision_of_the_shipped_graph(
    int8: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "default_weights", lambda: int8)
    [found] = [one for one in available_runtimes() if one.name == "openvino"]
    assert found.precision == "int8"


# What cannot be had


@pytest.mark.usefixtures("without_torch")
def test_float32_of_an_int8_graph_needs_torch(int8: Path) -> None:
    scores(int8)
    with pytest.raises(WeightsError) as told:
        scores(int8, "float32")
    reason = "have a graph in int8 only; choose precision auto, or to convert the weights: pip"
    assert f"weights {int8} {reason} install 'framepick[gpu]'" in str(told.value)


def test_an_int8_graph_that_is_gone_is_not_replaced_by_another_in_silence(tmp_path: Path) -> None:
    weights = tiny(tmp_path / "tiny.safetensors")
    write_graph(weights, colours(24, seed=0))
    graph_paths(weights)[1].unlink()
    with pytest.raises(WeightsError, match=r"lack their int8 graph .*choose precision float32"):
        scores(weights)
    scores(weights, "float32")


def test_int8_without_nncf_is_told_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framepick.extras.is_installed", lambda name: name != "nncf")
    with pytest.raises(UsageError, match=r"int8 .*nncf, .*pip install 'framepick\[training\]'"):
        write_graph(tiny(tmp_path / "tiny.safetensors"), colours(24, seed=0))


def test_views_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="views must be 32 x 32"):
        write_graph(tiny(tmp_path / "tiny.safetensors"), np.zeros((2, 16, 16, 3), np.uint8))
