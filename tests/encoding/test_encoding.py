import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from framepick.config import PickConfig
from framepick.encoding import load_encoder
from framepick.encoding.cuda_graph import CapturedNetwork
from framepick.encoding.hardware import available_devices, choose_runtime, use_threads
from framepick.errors import UsageError
from framepick.extras import is_installed
from framepick.metrics import spearman
from framepick.model.card import Architecture, default_weights, read_card
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.networks import Network
from framepick.model.tiny import tiny_checkpoint
from framepick.protocols import Encoder
from framepick.scoring import NormScorer
from framepick.sources.views import resize_view
from framepick.types import FrameBatch, Moment, Pixels

PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")
STRENGTHS = (1, 2, 3)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    return path


@pytest.fixture(scope="module", params=["openvino", "torch"])
def shipped(request: pytest.FixtureRequest) -> Encoder:
    if not is_installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return load_encoder(device="cpu", runtime=request.param)


def batch(views: NDArray[np.uint8]) -> FrameBatch:
    moments = tuple(Moment(i, i, Fraction(1, 30), i / 30) for i in range(len(views)))
    return FrameBatch(views, moments)


def noise(count: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def photo(name: str) -> Pixels:
    return np.asarray(getattr(skimage.data, name)(), np.uint8)


def blurred(pixels: Pixels, strength: int) -> Pixels:
    return np.asarray(gaussian_filter(pixels, (3.0 * strength, 3.0 * strength, 0)), np.uint8)


def darkened(pixels: Pixels, strength: int) -> Pixels:
    return np.asarray(pixels * 0.4**strength, np.uint8)


def blown(pixels: Pixels, strength: int) -> Pixels:
    return np.asarray(np.clip(pixels * (2.0 + 2.0 * strength), 0, 255), np.uint8)


SPOILT: dict[str, Callable[[Pixels, int], Pixels]] = {
    "blurred": blurred,
    "darkened": darkened,
    "blown": blown,
}


def scores(encoder: Encoder, pictures: list[Pixels]) -> NDArray[np.float64]:
    views = np.stack([resize_view(pixels, encoder.view_spec) for pixels in pictures])
    scorer = NormScorer.of(read_card(default_weights()))
    return scorer.score(encoder.encode(batch(views)))


def all_won(encoder: Encoder, spoil: Callable[[Pixels, int], Pixels]) -> bool:
    """Whether each photo beats each of its spoilt copies."""
    originals = [photo(name) for name in PHOTOS]
    copies = [spoil(pixels, strength) for strength in STRENGTHS for pixels in originals]
    table = scores(encoder, originals + copies).reshape(1 + len(STRENGTHS), len(PHOTOS))
    return bool(np.all(table[0] > table[1:]))


@pytest.mark.parametrize("kind", SPOILT)
def test_the_shipped_weights_prefer_a_photo_to_its_spoilt_copies(
    shipped: Encoder, kind: str
) -> None:
    assert all_won(shipped, SPOILT[kind])


@pytest.mark.parametrize("seed", [0, 1])
def test_random_weights_have_no_such_taste(tmp_path: Path, seed: int) -> None:
    network, card = load_checkpoint(default_weights())
    generator = torch.Generator().manual_seed(seed)
    for values in network.parameters():
        spread = math.sqrt(2.0 / values[0].numel()) if values.ndim > 1 else 0.1
        values.normal_(0.0, spread, generator=generator)
    path = tmp_path / "random.safetensors"
    save_checkpoint(path, network, card)
    encoder = load_encoder(path, "cpu", precision="float32")
    assert not all(all_won(encoder, spoil) for spoil in SPOILT.values())


def test_near_duplicates_lie_close_and_different_pictures_far(shipped: Encoder) -> None:
    views = [resize_view(photo(name), shipped.view_spec) for name in PHOTOS]
    moved = [resize_view(photo(name)[4:, 4:], shipped.view_spec) for name in PHOTOS]
    content = shipped.encode(batch(np.stack(views + moved))).content
    distance = 1.0 - content[:4] @ content[4:].T
    assert np.diag(distance).max() < PickConfig().duplicate_distance
    assert distance[~np.eye(4, dtype=bool)].min() > 0.7


def test_vectors_have_the_promised_shapes(shipped: Encoder) -> None:
    embeddings = shipped.encode(batch(noise(3, shipped.view_spec.size)))
    assert embeddings.aesthetic.shape == (3, 64)
    assert embeddings.content.shape == (3, 128)
    assert np.linalg.norm(embeddings.content, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert embeddings.encoder_id == shipped.encoder_id


def test_a_frame_gets_the_same_vectors_whatever_comes_with_it(shipped: Encoder) -> None:
    side = shipped.view_spec.size
    view, others = noise(1, side, seed=1)[0], noise(shipped.batch_size + 3, side, seed=2)
    alone = shipped.encode(batch(view[None]))
    for row in (0, 3, shipped.batch_size - 1, len(others) - 1):
        company = others.copy()
        company[row] = view
        together = shipped.encode(batch(company))
        assert np.array_equal(together.aesthetic[row], alone.aesthetic[0]), row
        assert np.array_equal(together.content[row], alone.content[0]), row


def test_a_residual_network_keeps_its_order_in_lower_precision(tmp_path: Path) -> None:
    architecture = Architecture("resnet50", (), 0, aesthetic=8, content=4, head="projection")
    torch.manual_seed(0)
    network = Network(architecture).eval()
    network.pixel_scale.fill_(1 / 64)
    network.pixel_offset.fill_(-2.0)
    card = replace(tiny_checkpoint(0)[1], architecture=architecture)
    path = tmp_path / "residual.safetensors"
    save_checkpoint(path, network, card)
    views = noise(8, 32)
    found = [
        load_encoder(path, "cpu", runtime="torch", precision=precision).encode(batch(views))
        for precision in ("float32", "bfloat16")
    ]
    exact, rounded = (np.linalg.norm(embeddings.aesthetic, axis=1) for embeddings in found)
    assert not np.array_equal(exact, rounded)
    assert rounded == pytest.approx(exact, rel=0.02)


def test_no_views_give_no_vectors(tiny: Path) -> None:
    embeddings = load_encoder(tiny, "cpu").encode(batch(noise(0, 32)))
    assert embeddings.aesthetic.shape == (0, 8)


def test_read_only_views_are_welcome(tiny: Path) -> None:
    views = noise(8, 32)
    views.flags.writeable = False
    assert len(load_encoder(tiny, "cpu").encode(batch(views)).content) == 8


def test_views_of_another_size_are_refused(tiny: Path) -> None:
    with pytest.raises(ValueError, match="views must be 32 x 32"):
        load_encoder(tiny, "cpu").encode(batch(noise(1, 64)))


def test_lower_precision_keeps_the_order_of_scores() -> None:
    rounded = load_encoder(device="cpu", runtime="torch", precision="bfloat16")
    exact = load_encoder(device="cpu", runtime="torch", precision="float32")
    pictures = [photo(name) for name in PHOTOS]
    pictures += [spoil(photo(n), s) for n in PHOTOS for spoil in SPOILT.values() for s in STRENGTHS]
    # half of the pictures are spoilt beyond telling apart
    assert 0.98 < spearman(scores(exact, pictures), scores(rounded, pictures)) < 1.0


def test_the_encoder_is_named_after_weights_view_and_precision(tiny: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_checkpoint(other, *tiny_checkpoint(1))
    first, again, second = (
        load_encoder(path, "cpu", runtime="torch").encoder_id for path in (tiny, tiny, other)
    )
    assert first == again != second
    assert "-32area-" in first
    assert first.endswith("-cpu")


@pytest.mark.parametrize("device", ["cuda:99", "tpu", "", "CPU", "mps:7"])
def test_a_device_that_is_not_there_is_refused_with_what_is(tiny: Path, device: str) -> None:
    with pytest.raises(UsageError, match=r"choose auto.* cpu"):
        load_encoder(tiny, device)


def test_auto_takes_the_best_device_there_is() -> None:
    assert choose_runtime("auto").device == torch.device(available_devices()[0])
    assert available_devices()[-1] == "cpu"


def test_one_core_is_left_to_the_decoder_unless_threads_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    for cores in (1, 2, 4, 64):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, n=cores: set(range(n)), raising=False)
        use_threads(None)
    use_threads(7)
    assert asked == [1, 1, 3, 4, 7]


@pytest.mark.gpu
def test_a_gpu_orders_pictures_as_the_cpu_does(shipped: Encoder) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    pictures = [photo(name) for name in PHOTOS]
    pictures += [spoil(photo(n), 2) for n in PHOTOS for spoil in SPOILT.values()]
    other = load_encoder(device="cuda")
    assert spearman(scores(shipped, pictures), scores(other, pictures)) > 0.99


@pytest.mark.gpu
def test_a_recorded_network_gives_the_vectors_of_the_network() -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    device, size = torch.device("cuda:0"), 8
    network, card = load_checkpoint(default_weights())
    network.to(device).to(memory_format=torch.channels_last)
    network.backbone.set_precision(torch.bfloat16)
    recorded = CapturedNetwork(network, device, size, card.view.size)
    for pictures in (PHOTOS, PHOTOS[::-1]):
        views = np.stack([resize_view(photo(name), card.view) for name in pictures] * size)[:size]
        with torch.inference_mode():
            expected = network(torch.from_numpy(views).to(device))
        for found, wanted in zip(recorded(views), expected, strict=True):
            np.testing.assert_allclose(found, wanted.float().cpu().numpy(), rtol=1e-3, atol=1e-4)


def test_asking_for_an_encoder_is_the_first_to_need_torch() -> None:
    code = "import sys, framepick.encoding; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
