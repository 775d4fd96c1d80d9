"""Training by gradient learns what there is to learn, and goes on where it was interrupted."""

from __future__ import annotations

import csv
import errno
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from framepick.cache import fingerprint
from framepick.distortions import PICTURE_SIDE
from framepick.encoding import load_encoder
from framepick.errors import OutputError, SourceError, UsageError, WeightsError
from framepick.extras import is_installed
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.networks import Network
from framepick.model.tiny import ARCHITECTURE, tiny_checkpoint
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.training import validation
from framepick.training.augment import (
    GradedAugmenter,
    PlainAugmenter,
    UnlabelledAugmenter,
    augmented,
    resized,
)
from framepick.training.calibration_views import calibration_views
from framepick.training.config import (
    DescentConfig,
    PairsConfig,
    RankConfig,
    TrainConfig,
    TripletConfig,
    read_config,
)
from framepick.training.curves import smoothed
from framepick.training.datasets import load_data
from framepick.training.descent import descend
from framepick.training.experiment import Experiment, set_up
from framepick.training.frozen_split import FrozenSplit, Teacher, round_backbone
from framepick.training.objectives import (
    Objective,
    Outputs,
    PairObjective,
    RatedLoader,
    RatingObjective,
    TripletObjective,
)
from framepick.training.outcome import Outcome
from framepick.training.pictures import load_pictures, photo_items
from framepick.training.run import train
from framepick.training.state import Plateau, TrainingState
from framepick.training.steps import set_rate, take_step
from framepick.types import ViewSpec
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


@pytest.fixture(autouse=True)
def _little_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MAX_PHOTOS", 2)
    monkeypatch.setattr(validation, "TECHNICAL", ("underexposure", "noise"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give pictures and ratings that a test may change."""
    return make_data(tmp_path)


def descent_of(config: TrainConfig) -> DescentConfig:
    assert config.descent is not None
    return config.descent


def changed(config: TrainConfig, **values: Any) -> TrainConfig:
    return replace(config, descent=replace(descent_of(config), **values))


def results(config: TrainConfig) -> dict[str, bytes]:
    names = ("run.safetensors", "run.json", "run.losses.csv")
    return {name: (config.out / name).read_bytes() for name in names}


def losses_of(config: TrainConfig) -> list[dict[str, float]]:
    with (config.out / "run.losses.csv").open(newline="") as file:
        return [{k: float(v or "nan") for k, v in row.items()} for row in csv.DictReader(file)]


def test_a_network_learns_to_rate_brightness_and_nothing_from_shuffled_ratings(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(2)
    lights = rng.uniform(0.1, 1.0, 120)
    make_pictures(tmp_path, lights.tolist())
    found: list[float] = []
    for scores in (lights, rng.permutation(lights)):
        make_ratings(tmp_path, scores.tolist())
        config = replace(configure(tmp_path, HEAD + LEARNING), name=f"run-{len(found)}")
        outcome = descend(config, SILENT, SILENT)
        found.append(outcome.figures["spearman rated, held out"])
    assert found[0] > 0.8
    assert abs(found[1]) < 0.4


ALL = """
[losses.rank]
[losses.triplet]
[losses.pairs]
kinds = ["underexposure", "noise"]
"""
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "new views": {"unfreeze_from": 0, "schedule": "plateau", "patience": 2},
    "kept features": {"unfreeze_from": 2, "rounds": 1, "optimiser": "adamw"},
    "heads": {"rounds": 1, "augment": False, "schedule": "cosine"},
}
Trained = Callable[[str], tuple[TrainConfig, Outcome]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Give runs of every way, each trained once for all tests."""
    folder = make_data(tmp_path_factory.mktemp("trained"))
    plain = configure(folder, HEAD + DESCENT + ALL)

    @cache
    def run(way: str) -> tuple[TrainConfig, Outcome]:
        config = replace(changed(plain, **WAYS[way]), out=folder / way)
        return config, descend(config, SILENT, SILENT)

    return run


@pytest.fixture
def again(trained: Trained, tmp_path: Path) -> TrainConfig:
    """Give a run that is over, in a folder of its own that a test may change."""
    config, _ = trained("plain")
    shutil.copytree(config.out, tmp_path / "again")
    return replace(config, out=tmp_path / "again")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    trained: Trained, tmp_path: Path
) -> None:
    config, _ = trained("new views")
    same, other = replace(config, out=tmp_path / "0"), replace(config, out=tmp_path / "1", seed=1)
    descend(same, SILENT, SILENT)
    descend(other, SILENT, SILENT)
    assert results(same) == results(config)
    assert results(other)["run.safetensors"] != results(config)["run.safetensors"]


@pytest.mark.parametrize("way", list(WAYS)[1:])
def test_a_run_that_was_interrupted_ends_as_if_it_had_not_been(
    way: str, trained: Trained, tmp_path: Path
) -> None:
    whole, _ = trained(way)
    broken = replace(whole, out=tmp_path / "broken")

    def interrupt(done: int, total: int | None) -> None:
        if done == 5 and (broken.out / "run.state.pt").exists():
            os.kill(os.getpid(), signal.SIGINT)  # what Ctrl-C does

    with pytest.raises(KeyboardInterrupt):
        descend(broken, interrupt, SILENT)
    assert not (broken.out / "run.safetensors").exists()
    said: list[str] = []
    descend(broken, SILENT, said.append)
    assert said == ["run: goes on after step 4"]
    assert results(broken) == results(whole)
    assert not list(tmp_path.rglob("*.partial"))


def test_a_run_that_is_over_writes_the_same_again(again: TrainConfig) -> None:
    before = results(again)
    (again.out / "run.safetensors").unlink()
    descend(again, SILENT, SILENT)
    assert results(again) == before


def test_the_state_of_another_configuration_is_refused(again: TrainConfig) -> None:
    with pytest.raises(UsageError, match=r"run\.state\.pt: is of a run with another config"):
        descend(changed(again, learning_rate=2e-3), SILENT, SILENT)


@pytest.mark.parametrize("damage", [b"", b"nothing", None])
def test_a_damaged_state_is_named(damage: bytes | None, again: TrainConfig) -> None:
    state = again.out / "run.state.pt"
    state.write_bytes(state.read_bytes()[:-4000] if damage is None else damage)
    with pytest.raises(WeightsError, match=r"run\.state\.pt: is damaged .* remove it to start"):
        descend(again, SILENT, SILENT)


def test_results_are_a_checkpoint_with_its_card_a_table_and_a_picture(trained: Trained) -> None:
    config, outcome = trained("plain")
    _, card = load_checkpoint(outcome.weights)
    assert card.figures == outcome.figures
    assert set(card.figures) == {"technical pairs won, held out"}  # six rated pictures say nothing
    assert [(one.name, one.licence) for one in card.data] == [
        ("rated", "CC0-1.0"),
        ("images", "CC-BY-4.0"),
    ]
    assert card.calibration.reference == "24 rated pictures of rated, trained on"
    assert "6 steps" in card.method
    assert "underexposure noise" in card.method
    assert str(config.out.parent) not in (config.out / "run.json").read_text()
    rows = losses_of(config)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert set(rows[0]) == {
        "step", "rate", "total", "rank", "triplet", "direction", "pairs", "null",
    }  # fmt: skip
    for row in rows:
        parts = [row[name] for name in ("rank", "triplet", "direction", "pairs")]
        assert row["total"] == pytest.approx(sum(parts) + 0.1 * row["null"], rel=1e-4)
    with Image.open(config.out / "run.curves.png") as picture:
        assert picture.format == "PNG"


def test_scores_of_the_checkpoint_spread_over_its_calibration(trained: Trained) -> None:
    config, outcome = trained("plain")
    network, card = load_checkpoint(outcome.weights)
    paths = sorted((config.out.parent / "images").iterdir())
    views = np.stack([resize_view(load_photo(path), ViewSpec(32)) for path in paths])
    aesthetic, content = network(torch.from_numpy(views))
    percentiles = card.calibration.percentile(aesthetic.norm(dim=1).double().numpy())
    assert 35 < percentiles.mean() < 65
    assert percentiles.min() < 10
    assert percentiles.max() > 90
    assert content.std(dim=0).min() > 0.05


def test_kept_features_train_as_new_ones_do(folder: Path) -> None:
    config = configure(folder, HEAD + DESCENT + "[losses.rank]\n[losses.triplet]\n")
    tables = []
    for rounds in (0, 1):
        some = replace(config, out=folder / str(rounds))
        descend(changed(some, rounds=rounds, augment=False), SILENT, SILENT)
        # which rows are drawn does not depend on where the views come from
        tables.append(losses_of(some))
    for fresh, kept in zip(*tables, strict=True):
        assert fresh == pytest.approx(kept, rel=1e-3)


def test_frozen_levels_stay_as_they_were(folder: Path) -> None:
    origin, card = tiny_checkpoint(3)
    save_checkpoint(folder / "origin.safetensors", origin, card)
    text = HEAD.replace('"random"', '"origin.safetensors"') + DESCENT + ALL
    config = changed(configure(folder, text), unfreeze_from=2, learning_rate=0.1)
    trained, _ = load_checkpoint(descend(config, SILENT, SILENT).weights)
    round_backbone(origin)
    same = [
        torch.equal(a.weight, b.weight)  # type: ignore[arg-type]
        for a, b in zip(origin.backbone.features, trained.backbone.features, strict=True)
    ]
    assert same == [True, True, False]


@pytest.mark.parametrize("boundary", [0, 1, 2, 3])
def test_a_divided_network_says_what_the_whole_one_does(boundary: int) -> None:
    network, _ = tiny_checkpoint(1)
    views = torch.randint(0, 256, (5, 32, 32, 3), dtype=torch.uint8)
    split = FrozenSplit(network, boundary, torch.float32)
    split.set_training(False)
    found = split.run_trainable(split.run_frozen(views))
    for ours, whole in zip(found, network.extract_features(views), strict=True):
        assert torch.allclose(ours, whole, atol=1e-5)
    trained = {id(values) for values in split.trained()}
    levels = [
        any(id(p) in trained for p in level.parameters()) for level in network.backbone.features
    ]
    assert levels == [level >= boundary for level in range(3)]
    assert id(network.head.content.weight) not in trained


def test_a_student_learns_the_features_of_its_teachers_from_what_is_kept(
    folder: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in (5, 6):
        save_checkpoint(folder / f"teacher-{seed}.safetensors", *tiny_checkpoint(seed))
    teachers = ", ".join(
        f'{{ backbone = "tiny", weights = "teacher-{seed}.safetensors", licence = "CC0-1.0" }}'
        for seed in (5, 6)
    )
    text = (
        HEAD + f'videos = [{{ path = "{clip}", licence = "CC0-1.0" }}]\nteachers = [{teachers}]\n'
    )
    config = configure(folder, text + DESCENT + "[losses.distil]\n")
    config = changed(
        config, steps=120, unfreeze_from=1, rounds=1, learning_rate=1e-2, optimiser="adamw",
        measure_every=200, checkpoint_every=200,
    )  # fmt: skip
    descend(config, SILENT, SILENT)
    rows = losses_of(config)
    for name in ("distil_0_tiny", "distil_1_tiny"):
        first, last = (np.mean([row[name] for row in some]) for some in (rows[:10], rows[-10:]))
        assert last < 0.6 * first

    def asked(*_: object) -> list[torch.Tensor]:
        raise AssertionError("the teacher was asked again")

    monkeypatch.setattr(Teacher, "features", asked)
    again = replace(changed(config, steps=2), out=folder / "again", cache=config.cache_folder)
    descend(again, SILENT, SILENT)


def test_votes_are_learnt_and_their_values_are_on_the_card(folder: Path) -> None:
    lines = ["path,theme,v1,v2,v3"]
    for number in range(30):
        with Image.open(folder / "images" / f"{number}.png") as picture:
            good = int(np.asarray(picture).mean() / 13.0)
        lines.append(f"{number}.png,{number},{10 - good},1,{good}")
    (folder / "rated.csv").write_text("\n".join(lines))
    config = configure(folder, HEAD + LEARNING.replace("rank", "votes"))
    outcome = descend(config, SILENT, SILENT)
    network, card = load_checkpoint(outcome.weights)
    assert card.vote_values == (1.0, 2.0, 3.0)
    assert network.votes is not None
    rows = losses_of(config)
    first, last = (np.mean([row["votes"] for row in some]) for some in (rows[:5], rows[-5:]))
    assert last < 0.7 * first


def test_votes_without_a_set_that_was_voted_on_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"\[losses\.votes\] cannot be used: no rated set"):
        descend(configure(folder, HEAD + DESCENT + "[losses.votes]"), SILENT, SILENT)


def test_damaged_pictures_are_passed_over_and_the_first_is_named(folder: Path) -> None:
    for number in (3, 7):
        (folder / "images" / f"{number}.png").write_bytes(b"not a picture")
    (folder / "images" / "9.png").unlink()
    said: list[str] = []
    descend(configure(folder, HEAD + DESCENT + ALL), SILENT, said.append)
    assert any("rows passed over: 1, line 11" in line and "'9.png'" in line for line in said)
    passed = [line for line in said if "passed over: 2, the first: " in line or "over: 1," in line]
    assert any("3.png" in line or "7.png" in line for line in passed)


def test_pictures_that_are_all_damaged_are_one_error(folder: Path) -> None:
    for picture in (folder / "images").iterdir():
        picture.write_bytes(b"not a picture")
    with pytest.raises(SourceError, match=r"rated\.csv: nothing in it can be read, the first: "):
        descend(configure(folder, HEAD + DESCENT + ALL), SILENT, SILENT)


def test_a_held_out_part_that_is_all_damaged_is_not_measured_on(folder: Path) -> None:
    config = changed(configure(folder, HEAD + DESCENT + "[losses.pairs]"), steps=1)
    whole = load_data(config, CPU, SILENT, SILENT)
    assert whole.held_out_photos is not None
    held_out = {item.name for item in whole.held_out_photos.items}
    for path in filter(Path.is_file, folder.rglob("*")):
        if fingerprint(path) in held_out:
            path.write_bytes(b"not a picture")
    rest = load_data(config, CPU, SILENT, SILENT)
    assert rest.held_out_photos is None
    assert rest.photos is not None


def test_a_folder_of_videos_none_of_which_can_be_read_is_one_error(folder: Path) -> None:
    save_checkpoint(folder / "teacher.safetensors", *tiny_checkpoint(5))
    (folder / "clip.mp4").write_bytes(b"not a video")
    text = HEAD + (
        'videos = [{ path = "clip.mp4", licence = "CC0-1.0" }]\n'
        'teachers = [{ backbone = "tiny", weights = "teacher.safetensors", licence = "-" }]\n'
    )
    with pytest.raises(SourceError, match=r"clip\.mp4: nothing in it can be read, the first: "):
        descend(configure(folder, text + DESCENT + "[losses.distil]"), SILENT, SILENT)


REFUSED = {
    "content": ("content = 4", "content = 25", r"25 needs as many pictures .* there are 24; lower"),
    "levels": ("[0, 1]", "[0, 3]", r"\[network\] is wrong: tiny has levels 0 to 2"),
    "no levels": ("levels = [0, 1]", "levels = [1, 0]", r"\[network\] is wrong: levels must rise"),
    "boundary": ("steps = 6", "steps = 6\nunfreeze_from = 3", r"tiny has levels 0 to 2; choose"),
    "free": ("only_free = false", "only_free = true", r"no row is of split 'train' and free"),
    "bounds": ("[losses.triplet]", "[losses.triplet]\nbeta = 0.2", r"\[losses\.triplet\] cannot"),
    "device": ('device = "cpu"', 'device = "abacus"', r"device 'abacus' is not available"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_the_data_is_one_clear_error(case: str, folder: Path) -> None:
    old, new, message = REFUSED[case]
    text = HEAD + DESCENT + ALL
    assert old in text
    with pytest.raises(UsageError, match=message) as caught:
        descend(configure(folder, text.replace(old, new)), SILENT, SILENT)
    assert "\n" not in str(caught.value)


def test_more_content_than_channels_is_refused(folder: Path) -> None:
    text = HEAD.replace("content = 4", "content = 25") + DESCENT + "held_out_folds = 0" + ALL
    with pytest.raises(UsageError, match=r"content must not be above 24, the channels of tiny"):
        descend(configure(folder, text), SILENT, SILENT)


def test_a_loss_that_is_no_longer_finite_ends_the_run_with_the_last_state_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configure(folder, HEAD + DESCENT + ALL)

    def step(experiment: Experiment) -> torch.Tensor:
        values = take_step(experiment)
        return values if experiment.state.step < 3 else values * float("nan")

    monkeypatch.setattr("framepick.training.descent.take_step", step)
    with pytest.raises(UsageError, match=r"run: the loss is nan at step 4; lower descent\.learn"):
        descend(config, SILENT, SILENT)
    assert torch.load(config.out / "run.state.pt", weights_only=True)["step"] == 2


def test_a_place_that_cannot_be_written_to_is_named_before_data_are_read(folder: Path) -> None:
    (folder / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"out: cannot be made"):
        descend(configure(folder, HEAD + DESCENT + ALL), SILENT, SILENT)


def test_a_full_disk_is_an_output_error_and_leaves_no_half_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    config = configure(folder, HEAD + DESCENT + ALL)
    with pytest.raises(OutputError, match=r"run\.state\.pt: cannot be written \(no space left"):
        descend(config, SILENT, SILENT)
    assert not list(config.out.iterdir())


def test_pictures_read_when_asked_for_are_those_that_are_held(folder: Path) -> None:
    paths = sorted((folder / "images").iterdir())
    held, streamed = (
        load_pictures(photo_items(paths, 32), 32, CPU, SILENT, held_bytes=size).pictures
        for size in (1 << 30, 0)
    )
    rows = np.array([4, 1, 1, 20])
    streamed.prefetch(np.array([4, 29]))
    assert torch.equal(held.views(rows), streamed.views(rows))
    streamed.close()


def test_views_that_are_not_augmented_are_those_that_are_scored_later(folder: Path) -> None:
    paths = sorted((folder / "images").iterdir())[:3]
    pictures = load_pictures(photo_items(paths, 32), 32, CPU, SILENT).pictures
    views = PlainAugmenter(pictures, 32, is_augmented=False).augment(
        np.arange(3), torch.Generator()
    )
    for path, view in zip(paths, views[:, 0].numpy(), strict=True):
        assert np.array_equal(view, resize_view(load_photo(path), ViewSpec(32)))


def test_augmented_views_differ_in_side_cut_and_light_and_stay_alike() -> None:
    ramp = torch.linspace(0.2, 0.8, 64).expand(40, 3, 64, 64)
    views = augmented(ramp, 32, torch.Generator().manual_seed(0)).float() / 255.0
    assert views.shape == (40, 32, 32, 3)
    slope = views[:, :, -1].mean(dim=(1, 2)) - views[:, :, 0].mean(dim=(1, 2))
    assert 10 < (slope > 0).sum() < 30  # either way round
    assert slope.abs().min() > 0.4
    assert slope.abs().std() > 0.01
    grey = torch.full((40, 3, 64, 64), 0.5)
    light = augmented(grey, 32, torch.Generator().manual_seed(0)).float().mean(dim=(1, 2, 3)) / 255
    assert light.std() > 0.02
    assert (light - 0.5).abs().max() < 0.12


def test_the_undistorted_view_comes_first_the_null_pair_last(folder: Path) -> None:
    paths = sorted((folder / "images").iterdir())[:10]
    pictures = load_pictures(photo_items(paths, PICTURE_SIDE), PICTURE_SIDE, CPU, SILENT).pictures
    augmenter = GradedAugmenter(pictures, 32, ["underexposure"])
    views = augmenter.augment(np.arange(10), torch.Generator().manual_seed(0))
    assert views.shape == (10, 6, 32, 32, 3)
    light = views.float().mean(dim=(2, 3, 4))
    assert (light[:, :3] > light[:, 1:4]).all()
    assert (light[:, 4] - light[:, 5]).abs().max() < 3


def test_distorted_views_are_never_enlarged(folder: Path) -> None:
    grain = np.random.default_rng(0).integers(0, 256, (PICTURE_SIDE, PICTURE_SIDE, 3), np.uint8)
    Image.fromarray(grain).save(folder / "grain.png")
    items = photo_items([folder / "grain.png"], PICTURE_SIDE)
    pictures = load_pictures(items, PICTURE_SIDE, CPU, SILENT).pictures

    def undistorted(view: int) -> torch.Tensor:
        augmenter = GradedAugmenter(pictures, view, ["washed_out"])
        return augmenter.augment(np.arange(1), torch.Generator().manual_seed(0))[:, 0]

    def detail(views: torch.Tensor) -> torch.Tensor:
        return views.float().diff(dim=2).diff(dim=2).abs().mean()

    assert detail(undistorted(280)) > 1.3 * detail(resized(undistorted(224), 280))


def test_a_share_of_the_unlabelled_views_is_distorted(folder: Path) -> None:
    paths = sorted((folder / "images").iterdir())
    pictures = load_pictures(photo_items(paths, PICTURE_SIDE), PICTURE_SIDE, CPU, SILENT).pictures
    rows = np.arange(len(paths))
    plain = PlainAugmenter(pictures, 32, is_augmented=False).augment(rows, torch.Generator())
    for share, least, most in ((0.0, 0, 0), (0.5, 5, 25), (1.0, 30, 30)):
        augmenter = UnlabelledAugmenter(pictures, 32, False, share, ["washed_out"])
        views = augmenter.augment(rows, torch.Generator().manual_seed(0))
        changed_views = (views != plain).flatten(1).any(dim=1).sum()
        assert least <= changed_views <= most


def rated_part(count: int = 40) -> RatedLoader:
    return RatedLoader("numbers", np.linspace(-2.0, 2.0, count), None, Numbers())


def outputs(norms: torch.Tensor) -> Outputs:
    return Outputs(norms[:, None], norms[:, None])


def test_a_step_draws_the_same_again_and_the_next_step_something_else() -> None:
    parts = [rated_part()]
    objectives: list[Objective] = [
        RatingObjective(parts, Network(ARCHITECTURE), RankConfig(), None, batch_size=12, seed=0),
        TripletObjective(parts, TripletConfig(), batch_size=12, seed=0),
        PairObjective(Numbers(), PairsConfig(), batch_size=36, seed=0),
    ]
    for one in objectives:
        first, again, other = (one.sample(step).inputs[0].tolist() for step in (0, 0, 1))
        assert first == again != other


def test_norms_in_the_order_of_the_ratings_cost_least() -> None:
    parts = [rated_part()]
    for one, name in (
        (TripletObjective(parts, TripletConfig(), batch_size=60, seed=0), "direction"),
        (
            RatingObjective(
                parts, Network(ARCHITECTURE), RankConfig(), None, batch_size=20, seed=0
            ),
            "rank",
        ),
    ):
        batch = one.sample(0)
        right, wrong = (one.terms(outputs(norms), batch)[name][1] for norms in (
            batch.inputs[0], 40.0 - batch.inputs[0],
        ))  # fmt: skip
        assert right < 0.01
        assert wrong > 1.0


@pytest.mark.parametrize(("weight", "least", "most"), [(1.0, 8, 36), (9.0, 75, 125)])
def test_sets_are_drawn_in_proportion_to_their_size_and_weight(
    weight: float, least: int, most: int
) -> None:
    parts = [replace(rated_part(4), weight=weight), rated_part(36)]
    one = RatingObjective(parts, Network(ARCHITECTURE), RankConfig(), None, batch_size=6, seed=0)
    small = sum(len(one.sample(step).inputs[0]) == 4 for step in range(200))
    assert least <= small <= most


def test_grades_that_fall_and_even_null_pairs_cost_least() -> None:
    one = PairObjective(Numbers(), PairsConfig(weight=2.0, null_weight=0.5), batch_size=6, seed=0)
    batch = one.sample(0)
    falling = one.terms(outputs(torch.tensor([8.0, 6.0, 4.0, 2.0, 5.0, 5.0])), batch)
    rising = one.terms(outputs(torch.tensor([2.0, 4.0, 6.0, 8.0, 5.0, 8.0])), batch)
    assert falling["pairs"][1] < 0.2
    assert rising["pairs"][1] > 2.0
    assert falling["null"][1].item() == 0.0
    assert rising["null"][1].item() == pytest.approx(9.0)
    assert (falling["pairs"][0], falling["null"][0]) == (2.0, 1.0)


def test_a_smoothed_curve_is_the_mean_of_what_came_before() -> None:
    values = np.arange(100.0)
    assert smoothed(values)[[0, 3, 99]].tolist() == [0.0, 1.5, 97.0]


def test_schedules_lower_the_rate() -> None:
    values = torch.nn.Parameter(torch.zeros(1))
    run = TrainingState(torch.nn.ModuleDict(), torch.optim.SGD([values], lr=1.0))
    descent = DescentConfig(steps=100, batch=6, learning_rate=0.5, schedule="cosine")
    rates = []
    for run.step in (0, 50, 99):
        rates.append(set_rate(run, descent))
    assert rates == pytest.approx([0.5, 0.25, 0.0], abs=1e-3)
    plateau = replace(descent, schedule="plateau")
    run.plateau = Plateau()
    for mean in (3.0, 2.0, 1.0):
        run.plateau.update(mean)
    assert set_rate(run, plateau) == 0.5
    run.plateau.update(0.999)  # not better to speak of
    assert set_rate(run, plateau) == pytest.approx(0.05)
    assert run.optimiser.param_groups[0]["lr"] == pytest.approx(0.05)


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    """The committed recipe on a small list, random numbers to start from."""
    rng = np.random.default_rng(3)
    (tmp_path / "arod").mkdir()
    make_pictures(tmp_path / "arod", rng.uniform(0.2, 1.0, 16).tolist())
    lines = [
        f"http://photos.invalid/a/{number}.png;{faves};{faves * 9 + 20}"
        for number, faves in enumerate(rng.permutation(np.arange(2, 50, 3))[:16].tolist())
    ]
    (tmp_path / "arod" / "list.txt").write_text("\n".join(lines))
    monkeypatch.setenv("FRAMEPICK_DATA", str(tmp_path))
    recipe = Path(__file__).parents[2] / "recipes" / "paper-resnet50-arod.toml"
    config = read_config(recipe)
    network = replace(config.network, initial="random", content=4, view=96)
    config = replace(config, network=network, out=tmp_path / "out", device="cpu")
    return changed(config, steps=2, batch=9, augment=False, held_out_folds=5)


def test_the_recipe_of_the_paper_brings_its_loss_down_on_a_fixed_batch(paper: TrainConfig) -> None:
    experiment = set_up(paper, descent_of(paper), SILENT, SILENT)
    experiment.split.set_training(True)
    set_rate(experiment.state, experiment.descent)
    totals = [take_step(experiment)[0].item() for _ in range(5)]  # the same step again and again
    experiment.data.close()
    assert np.isfinite(totals).all()
    assert totals[-1] < 0.9 * totals[0]


@pytest.mark.slow
def test_the_recipe_of_the_paper_trains_to_a_checkpoint(paper: TrainConfig) -> None:
    outcome = descend(paper, SILENT, SILENT)
    network, card = load_checkpoint(outcome.weights)
    assert card.architecture.aesthetic == 1000
    assert isinstance(network, Network)


@pytest.mark.gpu
def test_a_gpu_trains_in_half_precision_and_learns_the_same(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    lights = np.random.default_rng(2).uniform(0.1, 1.0, 120).tolist()
    make_pictures(tmp_path, lights)
    make_ratings(tmp_path, lights)
    config = configure(tmp_path, (HEAD + LEARNING).replace('device = "cpu"', 'device = "cuda"'))
    assert descend(config, SILENT, SILENT).figures["spearman rated, held out"] > 0.8


# The graph


@pytest.mark.skipif(not is_installed("nncf"), reason="nncf is not installed")
def test_a_run_for_int8_calibrates_on_its_pictures(folder: Path) -> None:
    text = HEAD.replace(
        'licence = "CC0-1.0"\n', 'licence = "CC0-1.0"\ngraph_precision = "int8"\n', 1
    )
    config = configure(folder, f"{text}{DESCENT}[losses.rank]\n")
    views = calibration_views(config, SILENT)
    assert views.shape == (30, 32, 32, 3)
    assert np.ptp(views.mean(axis=(1, 2, 3))) > 50  # pictures of many lights
    outcome = train(config, folder / "run.toml", SILENT, SILENT)
    assert load_checkpoint(outcome.weights)[1].graph_precision == "int8"
    assert load_encoder(outcome.weights, "cpu").runtime == "int8-openvino"
