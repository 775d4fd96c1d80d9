"""Training by gradient learns moments within clips, on clips of use train alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from framepick.errors import SourceError, UsageError
from framepick.model.checkpoint import load_checkpoint
from framepick.training import validation
from framepick.training.config import MomentsConfig, TrainConfig
from framepick.training.datasets import load_data
from framepick.training.descent import descend
from framepick.training.objectives import MomentObjective, Outputs
from tests.training.made_runs import (
    CPU,
    DESCENT,
    HEAD,
    LEARNING,
    SILENT,
    Numbers,
    configure,
    make_data,
    make_pictures,
    make_ratings,
)

pytestmark = pytest.mark.usefixtures("one_thread")
CLIPS, FRAMES = 24, 8
FOOTAGE = 'footage = { path = "footage", licence = "CC0-1.0", name = "made clips" }\n'
WITH_FOOTAGE = HEAD + FOOTAGE
MOMENTS = "[losses.moments]\nleast_gap = 0.2\nframes = 6\n"


@pytest.fixture(autouse=True)
def _little_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MAX_PHOTOS", 2)
    monkeypatch.setattr(validation, "TECHNICAL", ("underexposure", "noise"))


def make_footage(folder: Path, *, is_shuffled: bool = False, use: str = "train") -> None:
    """Clips whose brighter frames are rated higher, while bright clips are rated lower."""
    rng = np.random.default_rng(4)
    frames = folder / "footage" / "frames"
    frames.mkdir(parents=True)
    (folder / "footage" / "clips.csv").write_text("file,use,topic,frame_count,best_four\n")
    (folder / "footage" / "ratings.csv").write_text("file,frame_index,rating\n")
    clips, ratings = (
        ["file,use,topic,origin,frame_count,best_four"],
        ["file,frame_index,rating,image"],
    )
    for clip in range(CLIPS):
        base = rng.uniform(0.2, 0.7)
        lights = base + rng.uniform(0.0, 0.3, FRAMES)
        scores = 8.0 - 6.0 * base + 12.0 * (lights - base)
        best = " ".join(str(frame) for frame in np.sort(np.argsort(scores)[-4:]))
        clips.append(f"{clip}.mp4,{use},made,owner{clip}:{clip}.mp4,{FRAMES},{best}")
        blocks = rng.uniform(100, 255, (6, 5, 3))
        for frame, light in enumerate(lights):
            name = f"{clip}_{frame}.png"
            picture = Image.fromarray((light * blocks).astype(np.uint8))
            picture.resize((40, 48), Image.Resampling.NEAREST).save(frames / name)
            rating = rng.permutation(scores)[0] if is_shuffled else scores[frame]
            ratings.append(f"{clip}.mp4,{frame},{rating},{name}")
    (folder / "footage" / "more_clips.csv").write_text("\n".join(clips))
    (folder / "footage" / "more_ratings.csv").write_text("\n".join(ratings))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_footage(make_data(tmp_path))
    return tmp_path


def learning(folder: Path) -> TrainConfig:
    """Beauty, which follows brightness, and moments are learnt together."""
    lights = np.random.default_rng(2).uniform(0.1, 1.0, 120).tolist()
    make_pictures(folder, lights)
    make_ratings(folder, lights)
    return configure(folder, WITH_FOOTAGE + LEARNING + MOMENTS)


def test_moments_of_clips_that_were_held_out_are_ordered_and_beauty_is_learnt_beside(
    tmp_path: Path,
) -> None:
    make_footage(tmp_path)
    outcome = descend(learning(tmp_path), SILENT, SILENT)
    assert outcome.figures["moments within clips, held out"] > 0.8
    assert outcome.figures["gain of moments, held out"] > 0.8
    assert outcome.figures["spearman rated, held out"] > 0.8
    network, card = load_checkpoint(outcome.weights)
    assert card.architecture.moment
    assert network.head.moment is not None
    assert [row.use for row in card.data if row.name == "made clips"] == [
        "128 rated frames of 16 clips, trained on"
    ]


def test_nothing_is_learnt_of_moments_from_shuffled_ratings(tmp_path: Path) -> None:
    make_footage(tmp_path, is_shuffled=True)
    figures = descend(learning(tmp_path), SILENT, SILENT).figures
    assert abs(figures["moments within clips, held out"]) < 0.35


def test_the_moment_axis_does_not_count_in_the_score_that_the_card_calibrates(folder: Path) -> None:
    config = configure(folder, f"{WITH_FOOTAGE}{DESCENT}[losses.rank]\n{MOMENTS}")
    network, card = load_checkpoint(descend(config, SILENT, SILENT).weights)
    views = torch.randint(0, 256, (40, 32, 32, 3), dtype=torch.uint8)
    aesthetic = network(views)[0]
    assert aesthetic.shape == (40, 8)
    before = network.without_moment(aesthetic).norm(dim=1)
    assert card.calibration.quantiles.max() < 2.0 * before.max()
    assert torch.allclose(before, aesthetic[:, :-1].norm(dim=1))


def test_clips_of_another_use_are_never_read(tmp_path: Path) -> None:
    make_footage(make_data(tmp_path), use="evaluate only")
    config = configure(tmp_path, f"{WITH_FOOTAGE}{DESCENT}{MOMENTS}")
    with pytest.raises(UsageError, match=r"footage: has no clips of use train; add some"):
        descend(config, SILENT, SILENT)
    table = tmp_path / "footage" / "more_clips.csv"
    lines = table.read_text().splitlines()
    table.write_text(
        "\n".join(
            [lines[0], *(one.replace("evaluate only", "train") for one in lines[1:13]), *lines[13:]]
        )
    )
    for picture in (tmp_path / "footage" / "frames").glob("*.png"):
        if int(picture.name.split("_")[0]) >= 12:
            picture.write_bytes(b"never to be read")
    data = load_data(config, CPU, SILENT, SILENT)
    assert data.footage is not None
    assert data.footage.held_out is not None
    parts = (data.footage.training, data.footage.held_out)
    names = {clip.name for part in parts for clip in part.clips}
    assert names == {f"{number}.mp4" for number in range(12)}


def test_clips_of_one_origin_are_held_out_together(folder: Path) -> None:
    table = folder / "footage" / "more_clips.csv"
    text = table.read_text()
    for clip in range(CLIPS):
        text = text.replace(f",owner{clip}:", f",owner{clip % 6}:")
    table.write_text(text)
    data = load_data(configure(folder, f"{WITH_FOOTAGE}{DESCENT}{MOMENTS}"), CPU, SILENT, SILENT)
    assert data.footage is not None
    assert data.footage.held_out is not None
    training, held_out = (
        {clip.origin.split(":")[0] for clip in part.clips}
        for part in (data.footage.training, data.footage.held_out)
    )
    assert held_out
    assert not training & held_out


def test_a_frame_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "footage" / "frames" / "3_2.png").write_bytes(b"not a picture")
    with pytest.raises(SourceError, match=r"3_2\.png"):
        descend(configure(folder, f"{WITH_FOOTAGE}{DESCENT}{MOMENTS}"), SILENT, SILENT)


def test_moments_without_footage_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"\[losses\.moments\] needs data\.footage"):
        configure(folder, HEAD + DESCENT + MOMENTS)


def test_a_run_goes_on_from_its_state_to_the_same_end(folder: Path) -> None:
    config = configure(folder, f"{WITH_FOOTAGE}{DESCENT}[losses.rank]\n{MOMENTS}")
    whole = descend(config, SILENT, SILENT).weights.read_bytes()

    def interrupt(done: int, total: int | None) -> None:
        if done == 5 and total == 6:
            raise KeyboardInterrupt

    broken = replace(config, out=folder / "broken")
    with pytest.raises(KeyboardInterrupt):
        descend(broken, interrupt, SILENT)
    assert descend(broken, SILENT, SILENT).weights.read_bytes() == whole


# The objective


def objective(ratings: Sequence[float], frames: int) -> MomentObjective:
    rows = np.split(np.arange(40), 10)
    config = MomentsConfig(frames=frames, weight=2.0)
    return MomentObjective(Numbers(), np.array(ratings), rows, config, batch_size=12, seed=0)


def test_a_step_takes_some_frames_of_some_clips_and_the_same_ones_again() -> None:
    one = objective(range(40), frames=3)
    first, again, other = (one.sample(step).inputs[0].tolist() for step in (0, 0, 1))
    assert first == again != other
    _, counts = np.unique(np.array(first) // 4, return_counts=True)
    assert counts.tolist() == [3, 3, 3, 3]
    assert len(set(first)) == 12


def test_only_the_order_within_clips_costs() -> None:
    ratings = np.tile([1.0, 2.0, 3.0, 4.0], 10)
    one = objective(ratings.tolist(), frames=4)
    batch = one.sample(0)
    rows = batch.inputs[0]
    for right, offset in ((True, 0.0), (True, -300.0), (False, 0.0)):
        within = 30.0 * (rows % 4) * (1.0 if right else -1.0) + offset * (rows // 4)
        outputs = Outputs(rows[:, None], torch.stack([rows, within], dim=1), has_moment=True)
        weight, loss = one.terms(outputs, batch)["moments"]
        assert weight == 2.0
        assert (loss < 0.01) == right


def test_a_network_without_the_axis_has_no_moments() -> None:
    with pytest.raises(ValueError, match="has no moment axis"):
        _ = Outputs(torch.ones(2, 1), torch.ones(2, 3)).moments


# On a GPU


@pytest.mark.gpu
def test_a_gpu_learns_beauty_moments_and_faults_in_half_precision(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    make_footage(tmp_path)
    config = learning(tmp_path)
    text = (tmp_path / "run.toml").read_text().replace('device = "cpu"', 'device = "cuda"')
    config = configure(tmp_path, f"{text}[losses.pairs]\n")
    figures = descend(config, SILENT, SILENT).figures
    assert figures["moments within clips, held out"] > 0.6
    assert figures["spearman rated, held out"] > 0.6
