"""OpenVINO and torch give the same scores, and each is chosen where it should be."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from framepick import extras
from framepick.curve.kalman import estimate_noise
from framepick.encoding import advice, available_runtimes, graph, load_encoder, machine, runtimes
from framepick.encoding.batches import in_batches
from framepick.encoding.conversion import write_graph
from framepick.encoding.graph import graph_paths
from framepick.encoding.values import read_values, to_arrays
from framepick.errors import UsageError, WeightsError
from framepick.extras import install_command, is_installed
from framepick.metrics import spearman
from framepick.model.card import Architecture, card_path
from framepick.model.checkpoint import save_checkpoint
from framepick.model.networks import Network
from framepick.model.tiny import tiny_checkpoint
from framepick.protocols import Encoder
from framepick.scoring import NormScorer
from framepick.sources.opening import open_source
from framepick.types import Embeddings, FrameBatch, Moment
from tests.representative import representative

needs_openvino = pytest.mark.skipif(
    not is_installed("openvino"), reason="openvino is not installed"
)
SAMPLES = Path(__file__).parents[2] / "samples"
ARCHITECTURES = {
    "mobilenet_v2": Architecture(
        "mobilenet_v2", (1, 6), 3, 8, 4, filters=(2, 4), hidden=5, classes=7
    ),
    "with votes": Architecture("tiny", (0, 1), 2, 8, 4, votes=5),
    "efficientnet_lite0": Architecture("efficientnet_lite0", (1, 17), 3, 8, 4, filters=(3, 5)),
    "mobilenet_v1": Architecture("mobilenet_v1", (0, 13), 1, 8, 4, classes=3),
    "resnet50": Architecture("resnet50", (1, 3), 2, 8, 4),
    "a projection": Architecture("tiny", (), 0, 8, 4, head="projection"),
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    return path


def batch(views: NDArray[np.uint8]) -> FrameBatch:
    moments = tuple(Moment(i, i, Fraction(1, 30), i / 30) for i in range(len(views)))
    return FrameBatch(views, moments)


def noise(count: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def drawn(path: Path, architecture: Architecture) -> Path:
    """Write a network of random weights that keep signals of one size."""
    generator = torch.Generator().manual_seed(0)
    network = Network(architecture).eval().requires_grad_(False)
    for name, values in network.state_dict().items():
        if name.endswith(("running_var", "bn1.weight", "bn2.weight", "temperatures")):
            values.uniform_(0.5, 1.5, generator=generator)
        elif values.is_floating_point():
            spread = (2.0 / values[0].numel()) ** 0.5 if values.ndim > 1 else 0.1
            values.normal_(0.0, spread, generator=generator)
    network.pixel_scale.fill_(1 / 64)
    network.pixel_offset.fill_(-2.0)
    votes = tuple(float(n) for n in range(architecture.votes))
    card = replace(tiny_checkpoint(0)[1], architecture=architecture, vote_values=votes)
    save_checkpoint(path, network, card)
    return path


def curve(encoder: Encoder, path: Path, count: int) -> tuple[Any, Any]:
    """Times and scores of the first frames of a clip."""
    scorer = NormScorer(tiny_checkpoint(0)[1].calibration)
    times, scores = [], []
    with open_source(path, encoder.view_spec) as source:
        for frames, _ in in_batches(source.frames(), encoder.batch_size):
            times += [moment.time_seconds for moment in frames.moments]
            scores.append(scorer.score(encoder.encode(frames)))
            if len(times) >= count:
                break
    return np.array(times), np.concatenate(scores)


def vectors_equal(one: Embeddings, other: Embeddings) -> bool:
    return np.array_equal(one.aesthetic, other.aesthetic) and np.array_equal(
        one.content, other.content
    )


# The same scores


@needs_openvino
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_openvino_gives_the_vectors_of_every_kind_of_network(tmp_path: Path, name: str) -> None:
    weights = drawn(tmp_path / "drawn.safetensors", ARCHITECTURES[name])
    views = noise(3, 32)
    ours, theirs = (
        load_encoder(weights, "cpu", runtime=runtime, precision="float32").encode(batch(views))
        for runtime in ("openvino", "torch")
    )
    size = float(np.abs(theirs.aesthetic).max())
    assert np.ptp(theirs.aesthetic, axis=0).max() > 0.001 * size  # the views do differ
    assert ours.aesthetic == pytest.approx(theirs.aesthetic, abs=2e-4 * size)
    assert ours.content == pytest.approx(theirs.content, abs=2e-4)


@needs_openvino
@pytest.mark.parametrize("name", representative(["edited.mp4", "handheld.mp4"], "handheld.mp4"))
def test_openvino_scores_a_clip_as_torch_does(name: str) -> None:
    times, exact = curve(load_encoder(runtime="torch", precision="float32"), SAMPLES / name, 32)
    _, found = curve(load_encoder(runtime="openvino"), SAMPLES / name, 32)
    noise_of_scores = estimate_noise(times, exact, np.zeros(len(times), np.int32))
    assert spearman(exact, found) >= 0.95  # in int8
    assert np.std(found - exact) < 0.7 * noise_of_scores.measurement_variance**0.5


@needs_openvino
def test_vectors_do_not_depend_on_threads_or_batch_size() -> None:
    views, found = batch(noise(7, load_encoder().view_spec.size)), []
    for count, size in ((1, None), (1, 3), (3, None)):
        encoder = load_encoder(runtime="openvino", batch_size=size, threads=count)
        found.append(encoder.encode(views))
    assert all(vectors_equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize("runtime", representative(["openvino", "torch"], "openvino"))
def test_two_processes_give_the_same_bytes(runtime: str) -> None:
    if not is_installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    code = (
        "import hashlib, numpy as np\n"
        "from tests.encoding.test_runtimes import batch, load_encoder, noise\n"
        f"encoder = load_encoder(device='cpu', runtime={runtime!r})\n"
        "found = encoder.encode(batch(noise(5, encoder.view_spec.size)))\n"
        "print(hashlib.sha256(found.aesthetic.tobytes() + found.content.tobytes()).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=SAMPLES.parent,
        ).stdout
        for _ in range(2)
    }
    assert len(printed) == 1
    assert len(printed.pop()) == 65


@needs_openvino
def test_encoders_of_other_runtimes_and_precisions_have_other_names(tiny: Path) -> None:
    names = {
        load_encoder(tiny, "cpu", runtime=runtime, precision=precision).encoder_id
        for runtime, precision in (
            ("openvino", "float32"),
            ("torch", "float32"),
            ("torch", "bfloat16"),
        )
    }
    assert len(names) == 3
    assert any(name.endswith("-32area-float32-openvino") for name in names)


@needs_openvino
def test_half_width_arithmetic_is_named_and_refused_where_there_is_none(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for capabilities in (["FP32", "BF16"], ["FP32"]):
        monkeypatch.setattr(
            "framepick.encoding.openvino_encoder.capabilities", lambda _, c=capabilities: c
        )
        if "BF16" in capabilities:
            encoder = load_encoder(tiny, runtime="openvino", precision="bfloat16")
            assert encoder.encoder_id.endswith("-bfloat16-openvino")
        else:
            with pytest.raises(UsageError, match="no bfloat16; choose precision float32"):
                load_encoder(tiny, runtime="openvino", precision="bfloat16")


SEVERAL_ENDED = """
import gc, os, signal, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from framepick.encoding import load_encoder
from framepick.types import FrameBatch, Moment
signal.signal(signal.SIGINT, signal.default_int_handler)
encoders = [load_encoder(Path(sys.argv[1]), runtime="openvino") for _ in range(3)]
batch = FrameBatch(np.zeros((1, 32, 32, 3), np.uint8), (Moment(0, 0, Fraction(1), 0.0),))
while encoders:
    encoders[0].encode(batch)
    encoders[-1].encode(batch)
    del encoders[0]
    gc.collect()
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


@needs_openvino
def test_an_interrupt_after_encoders_came_and_went_is_an_interrupt(tiny: Path) -> None:
    child = [sys.executable, "-c", SEVERAL_ENDED, str(tiny)]
    done = subprocess.run(child, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


# What is loaded


@needs_openvino
def test_a_search_on_a_cpu_loads_no_torch_and_tells_nobody(
    tiny: Path, clip: Path, tmp_path: Path
) -> None:
    write_graph(tiny)
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import sys; from pathlib import Path\n"
        "from framepick.aesthetic import load_model\n"
        "from framepick.config import VideoConfig\n"
        "from framepick.videos import pick_video\n"
        f"model = load_model(Path({str(tiny)!r}), 'cpu')\n"
        "assert model.runtime == 'float32-openvino', model.runtime\n"
        f"result, _ = pick_video(Path({str(clip)!r}), Path({str(tmp_path / 'out')!r}), model,\n"
        "                       VideoConfig())\n"
        "assert result.picks\n"
        "loaded = [name for name in sys.modules if name.split('.')[0] in\n"
        "          ('torch', 'torchvision', 'openvino_telemetry')]\n"
        "assert not loaded, loaded"
    )
    environment = {**os.environ, "HOME": str(home), "USERPROFILE": str(home)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert not list(home.iterdir())


def test_looking_for_runtimes_loads_none() -> None:
    code = (
        "import sys; from framepick.encoding import available_runtimes, machine, runtimes\n"
        "runtimes.may_have_gpu = lambda: False\n"
        "assert available_runtimes()\n"
        "assert not {'torch', 'openvino'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_choice_from_the_cache_waits_for_no_runtime(tiny: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from framepick.aesthetic import load_model\n"
        f"model = load_model(Path({str(tiny)!r}), 'cpu', at_once=False)\n"
        "assert model.runtime and model.face_finder\n"
        "assert not {'torch', 'openvino'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Which is chosen


def pretend(monkeypatch: pytest.MonkeyPatch, packages: set[str], gpus: list[str]) -> None:
    for module in (runtimes, extras):
        monkeypatch.setattr(module, "is_installed", lambda name: name in packages)
    monkeypatch.setattr(
        runtimes, "_gpus", lambda: [("torch", device, "bfloat16") for device in gpus]
    )


@pytest.mark.parametrize(
    ("packages", "gpus", "chosen"),
    [
        ({"torch", "openvino"}, [], ("openvino", "cpu")),
        ({"torch"}, [], ("torch", "cpu")),
        ({"openvino"}, [], ("openvino", "cpu")),
        ({"torch", "openvino"}, ["cuda:0"], ("torch", "cuda:0")),
        ({"torch"}, ["mps"], ("torch", "mps")),
    ],
)
def test_a_gpu_is_taken_first_then_openvino_then_torch(
    monkeypatch: pytest.MonkeyPatch, packages: set[str], gpus: list[str], chosen: tuple[str, str]
) -> None:
    pretend(monkeypatch, packages, gpus)
    found = available_runtimes()
    assert [(one.name, one.device) for one in found if one.is_chosen] == [chosen]
    assert runtimes.choose_library("auto", "auto", "auto") == chosen[0]


def test_a_cpu_that_is_asked_for_is_taken_even_where_there_is_a_gpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend(monkeypatch, {"torch", "openvino"}, ["cuda:0"])
    assert runtimes.choose_library("auto", "cpu", "auto") == "openvino"
    assert runtimes.choose_library("torch", "cpu", "auto") == "torch"
    assert runtimes.choose_library("auto", "cuda", "auto") == "torch"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"runtime": "tensorrt"}, "no runtime 'tensorrt'; choose auto, openvino, torch"),
        ({"device": "gpu"}, "no device 'gpu'; choose auto, cuda, mps, cpu"),
        ({"precision": "int8"}, "no precision 'int8'; choose auto, float32, bfloat16"),
        ({"runtime": "openvino", "device": "cuda"}, "runs on the cpu, not on 'cuda'; choose torch"),
        ({"batch_size": 0}, "batch size must be at least 1, not 0"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_way_out(
    tiny: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        load_encoder(tiny, **options)


def test_a_runtime_that_is_not_installed_is_refused_with_how_to_get_it(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, {"torch"}, [])
    with pytest.raises(UsageError, match=r"not installed; pip install openvino"):
        load_encoder(tiny, runtime="openvino")
    pretend(monkeypatch, {"openvino"}, [])
    for runtime, device, asked in (
        ("torch", "auto", "runtime torch"),
        ("auto", "cuda", "device cuda"),
    ):
        with pytest.raises(UsageError, match=rf"{asked} needs .*pip install 'framepick\[gpu\]'"):
            load_encoder(tiny, device, runtime=runtime)


def test_only_a_gpu_that_is_not_used_is_worth_an_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    for packages, has_gpu, advised in (
        ({"openvino"}, True, True),
        ({"openvino"}, False, False),
        ({"openvino", "torch"}, True, False),
    ):
        pretend(monkeypatch, packages, [])
        monkeypatch.setattr(runtimes, "may_have_gpu", lambda has_gpu=has_gpu: has_gpu)
        assert (install_command("gpu") in (advice() or "")) == advised


def test_an_openvino_that_does_not_load_gives_way_to_torch(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, {"torch", "openvino"}, [])
    for name in list(sys.modules):
        if name.startswith(("framepick.encoding.openvino", "framepick.encoding.graph")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert load_encoder(tiny).runtime == "float32-cpu"
    with pytest.raises(UsageError, match=r"openvino cannot be loaded: .*choose torch"):
        load_encoder(tiny, runtime="openvino")
    late = load_encoder(tiny, at_once=False)
    with pytest.raises(UsageError, match=r"openvino cannot be loaded: .*choose torch"):
        late.encode(batch(noise(1, 32)))


def test_the_batch_size_is_what_the_user_says(tiny: Path) -> None:
    for runtime in ("openvino", "torch"):
        if is_installed(runtime):
            assert load_encoder(tiny, "cpu", runtime=runtime, batch_size=5).batch_size == 5


# The graph beside the weights


@needs_openvino
@pytest.mark.parametrize(
    ("name", "holds_values"),
    [("mobilenet_v2", False), ("resnet50", True)],  # batch norm is folded into others
)
def test_a_graph_beside_the_weights_gives_the_vectors_of_the_network(
    tmp_path: Path, name: str, holds_values: bool
) -> None:
    weights = drawn(tmp_path / "drawn.safetensors", ARCHITECTURES[name])
    converted = load_encoder(weights, runtime="openvino").encode(batch(noise(3, 32)))
    write_graph(weights)
    read = load_encoder(weights, runtime="openvino").encode(batch(noise(3, 32)))
    size = float(np.abs(converted.aesthetic).max())
    assert read.aesthetic == pytest.approx(converted.aesthetic, abs=1e-6 * size)
    assert read.content == pytest.approx(converted.content, abs=1e-6)
    graph_bytes = sum(path.stat().st_size for path in graph_paths(weights))
    assert (graph_bytes > weights.stat().st_size) == holds_values


@needs_openvino
@pytest.mark.parametrize("suffix", [".safetensors", ".xml", ".bin"])
def test_files_that_do_not_belong_together_are_refused(tmp_path: Path, suffix: str) -> None:
    for name, seed in (("one", 0), ("other", 1)):
        save_checkpoint(tmp_path / f"{name}.safetensors", *tiny_checkpoint(seed))
        write_graph(tmp_path / f"{name}.safetensors")
    one, other = (tmp_path / f"{name}{suffix}" for name in ("one", "other"))
    other.write_bytes(other.read_bytes() + b" ")
    shutil.copy(other, one)
    encoder = load_encoder(tmp_path / "one.safetensors", runtime="openvino")
    with pytest.raises(WeightsError, match="their card and their graph differ; restore the file"):
        encoder.encode(batch(noise(1, 32)))


@needs_openvino
def test_weights_without_a_graph_need_torch_to_make_it(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "is_installed", lambda name: name != "torch")
    with pytest.raises(WeightsError, match=r"lack their OpenVINO graph .* pip install 'framepick"):
        load_encoder(tiny, runtime="openvino").encode(batch(noise(1, 32)))
    write_graph(tiny)
    load_encoder(tiny, runtime="openvino").encode(batch(noise(1, 32)))


@needs_openvino
@pytest.mark.parametrize(
    ("name", "value"),
    [("backbone", "unknown"), ("levels", [0, 9]), ("levels", [-3, 1]), ("filters", [1])],
)
def test_a_card_that_asks_for_what_no_network_has_is_refused(
    tiny: Path, name: str, value: object
) -> None:
    fields = json.loads(card_path(tiny).read_text(encoding="utf-8"))
    fields["architecture"][name] = value
    card_path(tiny).write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(WeightsError, match="restore the "):
        load_encoder(tiny, runtime="openvino").encode(batch(np.zeros((1, 32, 32, 3), np.uint8)))


def test_files_that_hold_no_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    for content in (b"", b"\xff" * 100, b"\x10" + bytes(7) + b'{"a": {"dtype"  '):
        with pytest.raises(WeightsError, match=r"cannot read weights .*; restore the file"):
            to_arrays(path, content)
    with pytest.raises(WeightsError, match="no weights at"):
        read_values(tmp_path)


# Memory


def test_freed_memory_is_left_alone_where_the_user_or_the_system_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: pytest.fail("the C library was asked"))
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "1")
    assert not machine.keep_freed_memory()
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_")
    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    assert not machine.keep_freed_memory()
