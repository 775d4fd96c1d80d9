"""A head that is fitted: it says in the network what it said before, and a whole run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file

from framepick.distortions import KINDS, STRENGTHS
from framepick.encoding.hardware import choose_runtime
from framepick.errors import SourceError, UsageError
from framepick.evaluation.footage.clips import RatedClip
from framepick.metrics import spearman
from framepick.model.backbones import build_backbone
from framepick.model.card import Architecture, card_path
from framepick.model.checkpoint import load_checkpoint
from framepick.model.heads import ClassAppeal
from framepick.model.networks import Network
from framepick.model.pretrained import Pretrained, load_backbone
from framepick.ratings import RatedSet
from framepick.training import fitting
from framepick.training.closed_form import FittedHead, HeadFitter, fit_votes, install, vectors
from framepick.training.config import TrainConfig, read_config
from framepick.training.feature_cache import COPIES_PER_SET, DistortedCopies, Features
from framepick.training.fit_config import FitConfig, read_fit_config
from framepick.training.fit_network import network_to_fit, read_appeal
from framepick.training.moments import RatedFootage
from framepick.training.run import train
from framepick.training.training_set import MoreRated, TrainingSet, load_training_set
from framepick.types import Floats

SILENT: Callable[..., None] = lambda *_: None  # noqa: E731
CPU = choose_runtime("cpu")


pytestmark = pytest.mark.usefixtures("one_thread")


CLASSES = 5
SMALL = Architecture(
    "tiny", (0, 1), len(KINDS), aesthetic=6, content=5, votes=7, hidden=16, classes=CLASSES
)
OF_LEVELS = 16
"""Statistics of the first level; in this test those of the second stand for filters."""
VOTE_VALUES = np.arange(1.0, 8.0)


def small_network(architecture: Architecture = SMALL) -> Network:
    torch.manual_seed(3)
    network = Network(architecture).eval().requires_grad_(False)
    for values in network.backbone.parameters():
        values.normal_(0.0, 0.3)
    network.pixel_scale.fill_(1 / 127.5)
    network.pixel_offset.fill_(-1.0)
    appeal = network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    appeal.worth.copy_(torch.tensor([1.0, -3.0, 5.0, 0.0, 2.0]))
    appeal.temperatures.copy_(torch.tensor([1.0, 4.0]))
    return network


def views_at_random(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    lights = torch.rand(count, 1, 1, 1, generator=generator)
    noise = torch.rand(count, 32, 32, 3, generator=generator)
    return (255 * lights * noise).to(torch.uint8)


def features_by(network: Network, views: torch.Tensor) -> Features:
    pooled, statistics = network.extract_features(views)
    return Features(pooled.numpy(), statistics.numpy())


def copied(network: Network, views: torch.Tensor) -> DistortedCopies:
    """Sets that take on a cast, as bright as before."""
    casts = [torch.tensor([1.0 + cast, 1.0, 1.0 - cast]) for cast in (0.0, 0.2, 0.4, 0.6)]
    sets = torch.stack([(views * cast).clamp(0, 255).to(torch.uint8) for cast in casts], dim=1)
    count = len(views)
    return DistortedCopies(
        features_by(network, sets.flatten(0, 1)), np.arange(count), np.arange(count) % len(KINDS)
    )


def rated_set(score: Floats) -> RatedSet:
    count = len(score)
    votes = np.exp(-np.square(score[:, None] - VOTE_VALUES)) * 50
    return RatedSet(
        name="made",
        paths=tuple(Path(f"{n}.png") for n in range(count)),
        score=score,
        votes=votes,
        vote_values=VOTE_VALUES,
        category=np.full(count, ""),
        theme=np.array([str(n // 2) for n in range(count)]),
        split=np.full(count, ""),
        is_free=np.arange(count) % 4 != 3,
        broken=(),
    )


def fit_config(path: Path, **values: Any) -> FitConfig:
    short: dict[str, Any] = {
        "hidden": 16,
        "epochs": 60,
        "batch": 32,
        "dropout": 0.1,
        "strictness": 0.7,
    }
    return FitConfig(**{"appeal": path, "filters": (), "penalty": 1.0, **short, **values})


@pytest.fixture
def network() -> Network:
    return small_network()


@pytest.fixture
def fitter(network: Network) -> HeadFitter:
    views, photos = views_at_random(60, 0), views_at_random(50, 1)
    score = 1.0 + 6.0 * views.float().mean(dim=(1, 2, 3)).double().numpy() / 128.0
    training_set = TrainingSet(
        rated=rated_set(score),
        features=features_by(network, views),
        mirrored=features_by(network, views.flip(2)),
        rated_copies=copied(network, views),
        photos=features_by(network, photos),
        photo_copies=copied(network, photos),
        held_out=(),
    )
    appeal = network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    return HeadFitter(training_set, appeal, fit_config(Path("appeal.csv")), (OF_LEVELS,))


def made_clip(number: int, ratings: Floats) -> RatedClip:
    frames = np.arange(len(ratings))
    best = np.argsort(ratings)[-4:]
    return RatedClip(f"{number}", "train", "", f"{number}", 6, frames, ratings, best, None)


EVERY_OTHER = np.arange(0, 60, 2)


def test_the_networks_own_norm_is_the_softplus_of_the_fitted_score(
    network: Network, fitter: HeadFitter
) -> None:
    head = fitter.fit(EVERY_OTHER, seed=0)
    install(network, head, fitter)
    new = views_at_random(80, 9)
    score = fitter.score(head, features_by(network, new))
    norm = torch.linalg.vector_norm(network(new)[0], dim=1).double().numpy()
    assert np.allclose(norm, np.logaddexp(0.0, score), rtol=1e-3)
    assert np.array_equal(np.argsort(norm), np.argsort(score))
    assert np.ptp(score) > 0.5


def test_installed_contents_and_directions_tell_pictures_apart(
    network: Network, fitter: HeadFitter
) -> None:
    install(network, fitter.fit(EVERY_OTHER, seed=0), fitter)
    aesthetic, content = network(views_at_random(30, 9))
    for rows in (torch.nn.functional.normalize(aesthetic, dim=1), content):
        likeness = (rows @ rows.T).numpy()
        assert np.median(likeness[~np.eye(30, dtype=bool)]) < 0.5


def test_a_fitted_head_follows_ratings_and_penalises_distortions(
    network: Network, fitter: HeadFitter
) -> None:
    rows = np.setdiff1d(np.arange(60), EVERY_OTHER)
    head = fitter.fit(EVERY_OTHER, seed=0)
    training_set = fitter.training_set
    score = fitter.score(head, training_set.features)
    assert spearman(score[rows], training_set.rated.score[rows]) > 0.9
    sets = fitter.score(head, copied(network, views_at_random(40, 8)).features).reshape(
        -1, COPIES_PER_SET
    )
    assert (np.diff(sets, axis=1) < 0.0).mean() > 0.9


def test_nothing_is_learnt_from_shuffled_ratings(network: Network, fitter: HeadFitter) -> None:
    training_set, rows = fitter.training_set, np.setdiff1d(np.arange(60), EVERY_OTHER)
    rated, appeal = training_set.rated, network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    found = []
    for seed in range(3):
        mixed = np.random.default_rng(seed).permutation(rated.score)
        shuffled = replace(training_set, rated=replace(rated, score=mixed))
        again = HeadFitter(shuffled, appeal, fitter.config, (OF_LEVELS,))
        score = again.score(again.fit(EVERY_OTHER, seed=0), training_set.features)
        found.append(spearman(score[rows], mixed[rows]))
    assert abs(np.mean(found)) < 0.3


def test_pictures_of_further_sets_count_by_their_weight(
    network: Network, fitter: HeadFitter
) -> None:
    views = views_at_random(60, 7)
    dark_is_good = -views.float().mean(dim=(1, 2, 3)).double().numpy()
    found = []
    for weight in (0.001, 100.0):
        more = MoreRated(features_by(network, views), dark_is_good, weight)
        training_set = replace(fitter.training_set, more_rated=(more,))
        appeal = network.head.appeal
        assert isinstance(appeal, ClassAppeal)
        other = HeadFitter(training_set, appeal, fitter.config, (OF_LEVELS,))
        head = other.fit(EVERY_OTHER, seed=0)
        rated = other.regression.rate(head.beauty, features_by(network, views))
        found.append(spearman(rated, dark_is_good))
    assert found[0] < -0.5
    assert found[1] > 0.5


def test_footage_gives_the_network_its_moment_axis() -> None:
    network = small_network(replace(SMALL, moment=True))
    views = views_at_random(60, 0)
    features = features_by(network, views)
    noted = 3.0 * features.statistics[:, 2].astype(np.float64)  # what raters went by
    rows = np.split(np.arange(60), 10)
    clips = tuple(made_clip(number, noted[some]) for number, some in enumerate(rows))
    training_set = TrainingSet(
        rated=rated_set(views.float().mean(dim=(1, 2, 3)).double().numpy()),
        features=features,
        mirrored=features,
        rated_copies=copied(network, views),
        photos=features,
        photo_copies=copied(network, views),
        held_out=(),
        footage=RatedFootage(clips, features.statistics),
    )
    appeal = network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    config = fit_config(Path("appeal.csv"), moment_penalty=0.01, moment_gain=2.0)
    fitter = HeadFitter(training_set, appeal, config, (OF_LEVELS,))
    install(network, fitter.fit(EVERY_OTHER, seed=0), fitter)
    axis = vectors(network, features)[:, -1].double().numpy()
    assert spearman(axis, noted) > 0.9
    assert np.abs(axis).mean() == pytest.approx(2.0 * np.abs(noted - noted.mean()).mean(), rel=0.4)


def test_strictness_is_how_much_of_the_deduction_counts(fitter: HeadFitter) -> None:
    head = fitter.fit(EVERY_OTHER, seed=0)
    features = fitter.training_set.features
    scores = [fitter.score(replace(head, strictness=s), features) for s in (0.0, 1.0, 2.0)]
    assert (scores[0] > scores[1]).all()
    assert np.allclose(scores[0] - scores[1], scores[1] - scores[2])


def same_head(
    first: FittedHead, second: FittedHead, features: Features, fitter: HeadFitter
) -> bool:
    return np.array_equal(fitter.score(first, features), fitter.score(second, features))


def test_pictures_that_are_left_out_have_no_say(network: Network, fitter: HeadFitter) -> None:
    training_set, rng = fitter.training_set, np.random.default_rng(0)
    out = np.setdiff1d(np.arange(60), EVERY_OTHER)

    def scrambled(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        changed = values.copy()
        changed[rows] += rng.normal(1.0, 1.0, changed[rows].shape).astype(values.dtype)
        return changed

    def others(features: Features, rows: NDArray[np.int64]) -> Features:
        return Features(scrambled(features.pooled, rows), scrambled(features.statistics, rows))

    four = (COPIES_PER_SET * out[:, None] + np.arange(COPIES_PER_SET)).ravel()
    changed = replace(
        training_set,
        rated=replace(training_set.rated, score=scrambled(training_set.rated.score, out)),
        features=others(training_set.features, out),
        mirrored=others(training_set.mirrored, out),
        rated_copies=replace(
            training_set.rated_copies, features=others(training_set.rated_copies.features, four)
        ),
    )
    appeal = network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    again = HeadFitter(changed, appeal, fitter.config, (OF_LEVELS,))
    first, second = fitter.fit(EVERY_OTHER, 0), again.fit(EVERY_OTHER, 0)
    assert same_head(first, second, training_set.photos, fitter)
    assert not same_head(first, again.fit(out, 0), training_set.photos, fitter)


def test_votes_sum_to_one_and_their_mean_follows_ratings(
    network: Network, fitter: HeadFitter
) -> None:
    training_set = fitter.training_set
    install(network, fitter.fit(EVERY_OTHER, seed=0), fitter)
    fit_votes(
        network, training_set.features.select(EVERY_OTHER), training_set.rated.select(EVERY_OTHER)
    )
    with torch.no_grad():
        shares = network.vote_shares(vectors(network, training_set.features)).double().numpy()
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    out = np.setdiff1d(np.arange(60), EVERY_OTHER)
    means = (shares @ VOTE_VALUES)[out]
    assert spearman(means, training_set.rated.score[out]) > 0.85
    assert np.abs(means - training_set.rated.score[out]).mean() < 0.6
    assert not any(values.requires_grad for values in network.parameters())


# The table of appeal


def test_appeal_is_read_in_order_of_classes(tmp_path: Path) -> None:
    path = tmp_path / "appeal.csv"
    path.write_text('class,name,appeal\n0,tench,3.5\n1,"cat, black",5\n')
    assert read_appeal(path) == [3.5, 5.0]


TABLES: dict[str, tuple[str | bytes, str]] = {
    "no column": ("class,name\n0,tench\n", "must have columns class,name,appeal.*appeal"),
    "no header": ("0,tench,3.5\n1,shark,2\n", "must have columns"),
    "a gap": ("class,name,appeal\n0,a,1\n2,b,1\n", "a row for each class, from 0 on"),
    "one twice": ("class,name,appeal\n0,a,1\n0,b,1\n", "a row for each class"),
    "not from 0": ("class,name,appeal\n1,a,1\n2,b,1\n", "a row for each class"),
    "empty": ("", "a row for each class"),
    "header only": ("class,name,appeal\n", "a row for each class"),
    "short row": ("class,name,appeal\n0,a\n", "must have columns"),
    "text": ("class,name,appeal\n0,a,much\n", "must have columns.*much"),
    "not finite": ("class,name,appeal\n0,a,nan\n", "finite"),
    "not UTF-8": (b"class,name,appeal\n0,\xff,1\n", "must have columns"),
    "endless": ("class,name,appeal\n0," + "a" * 200_000 + ",1\n", "must have columns"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_wrong_table_of_appeal_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    content, reason = TABLES[case]
    path = tmp_path / "appeal.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError, match=reason) as told:
        read_appeal(path)
    assert str(told.value).startswith(f"{path}: ")
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 500


# Configurations

RATED = '{ path = "rated.csv", licence = "CC0-1.0", only_free = false }'
CONFIG = f"""
name = "run"
out = "out"
licence = "CC0-1.0"
device = "cpu"

[network]
backbone = "mobilenet_v2"
initial = "backbone.safetensors"
levels = [1, 3]
aesthetic = 8
content = 6

[data]
ratings = [{RATED}]
photos = [{{ path = "photos", licence = "CC-BY-4.0", name = "made photos" }}]

[fit]
appeal = "appeal.csv"
filters = [2]
penalty = 100
cost = 0.05
hidden = 16
epochs = 5
batch = 64
copied_share = 0.1
held_out_folds = 8
rounds = 1
"""


def write_backbone(path: Path) -> Pretrained:
    """A MobileNetV2 of random values as its file holds it; what is bright can be told from them."""
    network = Pretrained(build_backbone("mobilenet_v2"), 1001).requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for values in network.parameters():
        inputs = values[0].numel() if values.ndim > 1 else 0
        values.normal_(0.0, (2.0 / inputs) ** 0.5 if inputs else 0.1, generator=generator)
        values.copy_(values.half())
    tensors = {
        name.removeprefix("backbone."): values.half() if name.endswith("weight") else values
        for name, values in network.named_parameters()
    }
    tensors["classifier.weight"] = tensors["classifier.weight"][:, :, None, None]
    save_file(tensors, path)
    return network


def write_pictures(folder: Path, names: list[str], lights: Floats) -> None:
    rng = np.random.default_rng(len(names))
    folder.mkdir()
    for name, light in zip(names, lights, strict=True):
        blocks = (light * rng.uniform(0, 255, (6, 8, 3))).astype(np.uint8)
        picture = Image.fromarray(blocks).resize((240, 180), Image.Resampling.BICUBIC)
        picture.save(folder / f"{name}.png")


VOTES = np.arange(1, 6)
LIGHTS = np.random.default_rng(4).uniform(0.15, 1.0, 60)


def write_ratings(folder: Path, lights: Floats) -> None:
    with (folder / "rated.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "theme", *(f"v{vote}" for vote in VOTES)])
        for number, light in enumerate(lights):
            votes = 40.0 * np.exp(-np.square(1.0 + 4.0 * light - VOTES))
            table.writerow([f"rated/{number}.png", number // 2, *votes.round().astype(int)])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fit")
    write_backbone(folder / "backbone.safetensors")
    write_pictures(folder / "rated", [str(n) for n in range(len(LIGHTS))], LIGHTS)
    themes = [f"{letter}_{n}" for letter in "abcdefgh" for n in range(3)]
    write_pictures(folder / "photos", themes, np.linspace(0.2, 1.0, len(themes)))
    write_ratings(folder, LIGHTS)
    rows = "\n".join(f"{n},class {n},{3 + n % 3}" for n in range(1000))
    (folder / "appeal.csv").write_text(f"class,name,appeal\n{rows}\n")
    return folder


def configure(folder: Path, text: str = CONFIG, name: str = "run.toml") -> TrainConfig:
    (folder / name).write_text(text)
    return read_config(folder / name)


WRONG = {
    "unknown key": ("rounds = 1", "round = 1", r"fit\.round is not known; known there are appeal"),
    "missing key": ("penalty = 100", "", r"fit\.penalty is missing; add it"),
    "one temperature": (
        "rounds = 1",
        "temperatures = [1.0]",
        "fit is wrong: temperatures must be 2",
    ),
    "cold": (
        "rounds = 1",
        "temperatures = [1.0, 0.0]",
        r"fit\.temperatures\.1 must be a number above",
    ),
    "no appeal": ('"appeal.csv"', '"gone.csv"', r"fit\.appeal names .*gone\.csv"),
    "no penalty": ("penalty = 100", "penalty = 0", r"fit\.penalty must be a number above 0, not 0"),
    "both": (
        "[fit]",
        "[descent]\nsteps = 1\nbatch = 8\nlearning_rate = 1.0\n[losses.rank]\n[fit]",
        r"\[descent\] and \[fit\] go one by one",
    ),
    "no photos": ("photos = [{", "videos = [{", r"data\.photos is missing"),
    "no ratings": (RATED, "", r"data\.ratings is missing"),
    "a projection": ("levels = [1, 3]", 'head = "projection"', r'network\.head must be "radial"'),
    "another view": (
        "levels = [1, 3]",
        "levels = [1]\nview = 300",
        r"network\.view must be at most 288",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_configuration_is_refused_by_file_and_key(
    case: str, source: Path, tmp_path: Path
) -> None:
    old, new, reason = WRONG[case]
    assert old in CONFIG
    path = source / f"{case}.toml"
    path.write_text(CONFIG.replace(old, new))
    with pytest.raises(UsageError, match=reason) as told:
        train(read_config(path), path, SILENT, SILENT)
    assert str(told.value).startswith(f"{path}: ")
    assert "\n" not in str(told.value)


UNFIT = {
    "a level without filters": ("filters = [2]", "filters = [0]", "level 0 has no filters"),
    "filters that fall": ("filters = [2]", "filters = [3, 2]", "must rise"),
    "no levels": ("levels = [1, 3]", "", "levels must rise"),
    "a level too many": ("levels = [1, 3]", "levels = [99]", "has levels 0 to 18"),
    "more contents than pictures": ("content = 6", "content = 128", "ask for 128 pictures"),
    "more folds than categories": ("folds = 8", "folds = 9", "8 themes .* lower fit.held_out"),
    "a split that is not there": ("only_free = false", "only_free = true", "free to ship"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_parts_that_do_not_fit_are_told_in_one_line(case: str, source: Path) -> None:
    old, new, reason = UNFIT[case]
    assert old in CONFIG
    config = configure(source, CONFIG.replace(old, new))
    with pytest.raises(UsageError, match=reason) as told:
        train(config, source / "run.toml", SILENT, SILENT)
    assert "\n" not in str(told.value)


def test_a_table_of_appeal_for_other_classes_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "appeal.csv").write_text("class,name,appeal\n0,a,1\n1,b,2\n")
    config = configure(source)
    fit = replace(read_fit_config(config, source / "run.toml"), appeal=tmp_path / "appeal.csv")
    with pytest.raises(UsageError, match="has 2 classes, the classifier 1001"):
        network_to_fit(config, fit, 0)


def test_the_first_network_knows_the_classifier_without_the_background(source: Path) -> None:
    config = configure(source)
    fit = read_fit_config(config, source / "run.toml")
    network = network_to_fit(config, fit, 0)
    pretrained = load_backbone("mobilenet_v2", source / "backbone.safetensors")
    appeal = network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    assert pretrained.classifier is not None
    # stored in half the bytes, and so fitted
    shipped = pretrained.classifier.weight[1:].to(torch.bfloat16).float()
    assert torch.equal(appeal.classifier.weight, shipped)
    assert torch.equal(appeal.classifier.bias, pretrained.classifier.bias[1:])
    assert appeal.worth[:4].tolist() == [3.0, 4.0, 5.0, 3.0]
    assert appeal.temperatures.tolist() == [1.0, 4.0]


# The training set


def little(folder: Path, **rated: Any) -> tuple[TrainConfig, FitConfig, Network]:
    """A configuration on the pictures of `folder` and a network that costs nothing."""
    config = configure(folder)
    data = replace(config.data, ratings=(replace(config.data.ratings[0], **rated),))
    fit = read_fit_config(config, folder / "run.toml")
    return replace(config, data=data, cache=folder / "little"), fit, small_network()


def test_no_category_is_both_fitted_and_measured_on(source: Path) -> None:
    config, fit, network = little(source)
    training_set = load_training_set(config, fit, network, SILENT, SILENT)
    themes = {path.stem.split("_")[0] for path in training_set.held_out}
    assert len(training_set.held_out) == 3
    assert len(themes) == 1
    assert len(training_set.photos) == 24 - 3
    assert training_set.photo_copies.picture.max() < len(training_set.photos)


@pytest.mark.parametrize(("split", "kept"), [("train", 50), ("dev", 40), ("", 60)])
def test_rows_of_the_split_and_of_none_are_looked_at(split: str, kept: int, source: Path) -> None:
    config, fit, network = little(source, path=source / "parted.csv", split=split)
    with (source / "parted.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "score", "split"])
        names = ["train"] * 20 + ["dev"] * 10 + [""] * 30
        table.writerows([f"rated/{n}.png", n, names[n]] for n in range(60))
    training_set = load_training_set(config, fit, network, SILENT, SILENT)
    assert (
        len(training_set.rated) == len(training_set.features) == len(training_set.mirrored) == kept
    )


def test_only_free_pictures_are_copied(source: Path) -> None:
    rows = "\n".join(f"rated/{n}.png,{n},{'yes' if n % 3 else 'no'}" for n in range(60))
    (source / "licensed.csv").write_text(f"path,score,cc0\n{rows}\n")
    config, fit, network = little(source, path=source / "licensed.csv", only_free=True)
    training_set = load_training_set(config, fit, network, SILENT, SILENT)
    assert training_set.rated.is_free.sum() == 40
    assert len(training_set.features) == 60
    assert set(training_set.rated_copies.picture) <= set(np.flatnonzero(training_set.rated.is_free))
    assert len(set(training_set.rated_copies.picture)) > 20


def test_what_cannot_be_read_is_told_and_passed_over(source: Path, tmp_path: Path) -> None:
    config, fit, network = little(source, path=source / "broken.csv")
    (source / "rated" / "torn.png").write_bytes(b"\x89PNG")
    rows = [f"rated/{n}.png,{n}" for n in range(30)]
    (source / "broken.csv").write_text(
        "\n".join(["path,score", "rated/torn.png,3", *rows, "rated/30.png,many"])
    )
    heard: list[str] = []
    training_set = load_training_set(config, fit, network, SILENT, heard.append)
    assert len(training_set.rated) == len(training_set.features) == 30
    assert training_set.rated.score.tolist() == list(range(30))
    assert any("rows passed over: 1, line 33" in line for line in heard), heard
    assert sum("passed over: 1, the first:" in line and "torn.png" in line for line in heard) == 1


def test_a_folder_without_a_readable_photo_is_named(source: Path, tmp_path: Path) -> None:
    config, fit, network = little(source)
    for letter in "abcdefgh":
        (tmp_path / f"{letter}.png").write_bytes(b"no picture")
    photos = (replace(config.data.photos[0], path=tmp_path),)
    config = replace(config, data=replace(config.data, photos=photos))
    with pytest.raises(SourceError, match=r"data\.photos: nothing in it can be read"):
        load_training_set(config, fit, network, SILENT, SILENT)


# A whole run


@pytest.fixture
def whole(source: Path, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    monkeypatch.setattr(fitting, "MAX_STORED", 6)
    return configure(source)


def test_a_run_leaves_weights_that_rate_as_people_do(source: Path, whole: TrainConfig) -> None:
    config = whole
    heard: list[str] = []
    outcome = train(config, source / "run.toml", SILENT, heard.append)
    assert outcome.weights == source / "out" / "run.safetensors"
    network, card = load_checkpoint(outcome.weights)
    assert card.figures == dict(outcome.figures)
    assert card.figures["cross-validated Spearman"] > 0.7
    assert card.figures["cross-validated Spearman, low"] > 0.5
    assert {f"pairs won, technical, {strength}" for strength in STRENGTHS} <= set(card.figures)
    assert "same order, JPEG 75" in card.figures
    assert [(one.name, one.licence) for one in card.data] == [
        ("rated", "CC0-1.0"),
        ("made photos", "CC-BY-4.0"),
    ]
    assert (np.diff(card.calibration.quantiles) >= 0.0).all()
    assert card.calibration.quantiles[-1] > card.calibration.quantiles[0] > 0.0
    assert network.architecture.filters == (2,)
    assert "Seed 0" in card.method
    assert str(source) not in card_path(outcome.weights).read_text()
    assert any("1 rounds of cross-validation on 60 rated pictures" in line for line in heard)
    dark, bright = (torch.full((1, 224, 224, 3), light, dtype=torch.uint8) for light in (30, 200))
    assert network(bright)[0].norm() > network(dark)[0].norm()
    assert card.vote_values == tuple(VOTES)
    dim, light = (network.vote_shares(network(view)[0])[0].numpy() for view in (dark, bright))
    assert light @ VOTES > dim @ VOTES


@pytest.mark.slow
def test_the_same_run_gives_the_same_weights_and_card(source: Path, whole: TrainConfig) -> None:
    runs = [replace(whole, out=source / name, cache=source / "kept") for name in ("one", "two")]
    one, two = (train(run, source / "run.toml", SILENT, SILENT).weights for run in runs)
    assert one.read_bytes() == two.read_bytes()
    cards = [json.loads(card_path(weights).read_text()) for weights in (one, two)]
    # the converter names things anew each time, so the graph of the same weights is another file
    assert {**cards[0], "graph": ""} == {**cards[1], "graph": ""}
