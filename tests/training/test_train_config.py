"""A training configuration is refused in one line that names the file, the key and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from framepick.errors import UsageError
from framepick.training.config import LossesConfig, RankConfig, read_config

WHOLE = """
name = "small"
out = "results"
licence = "CC0-1.0"
seed = 3

[network]
backbone = "tiny"
initial = "random"
levels = [0, 1]
aesthetic = 8
content = 4

[data]
ratings = [{ path = "rated.csv", licence = "CC0-1.0", only_free = false }]

[descent]
steps = 10
batch = 8
learning_rate = 1e-3

[losses.rank]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "rated.csv").write_text("path,score\n")
    return tmp_path / "run.toml"


def write(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def test_a_whole_configuration_is_read_with_its_defaults(file: Path) -> None:
    config = read_config(write(file, WHOLE))
    assert config.seed == 3
    assert config.network.levels == (0, 1)
    assert config.losses == LossesConfig(rank=RankConfig())
    assert config.descent is not None
    assert config.descent.unfreeze_from == "none"
    assert config.descent.learning_rate == 1e-3
    assert not config.data.ratings[0].only_free
    assert config.fit is None


def test_paths_count_from_the_file_wherever_the_call_is_made(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, WHOLE)
    monkeypatch.chdir(file.parent.parent)
    config = read_config(Path(file.parent.name) / file.name)
    assert config.out == file.parent / "results"
    assert config.cache_folder == file.parent / "results" / "cache"
    assert config.data.ratings[0].path == file.parent / "rated.csv"


def test_home_and_variables_in_paths_are_known(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(file.parent / "home"))
    monkeypatch.setenv("MY_RATINGS", str(file.parent))
    text = WHOLE.replace('"results"', '"~/results"').replace(
        '"rated.csv', '"${MY_RATINGS}/rated.csv'
    )
    config = read_config(write(file, text))
    assert config.out == file.parent / "home" / "results"
    assert config.data.ratings[0].path == file.parent / "rated.csv"


def test_a_variable_that_is_not_set_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_RATINGS", raising=False)
    write(file, WHOLE.replace("rated.csv", "$MY_RATINGS/rated.csv"))
    with pytest.raises(UsageError, match=r"data\.ratings\.0\.path needs the variable MY_RATINGS"):
        read_config(file)


WRONG = {
    "unknown key": ("seed = 3", "sead = 3", r"sead is not known; known there are name, out"),
    "unknown table": ("[losses.rank]", "[losses.rang]", r"losses\.rang is not known"),
    "missing key": ("steps = 10", "", r"descent\.steps is missing; add it"),
    "text for a number": ("= 10", '= "ten"', r"steps must be a whole number from 1, not 'ten'"),
    "yes for a number": ("= 10", "= true", r"steps must be a whole number from 1, not True"),
    "a part of a step": ("= 10", "= 1.5", r"steps must be a whole number from 1, not 1\.5"),
    "too small": ("batch = 8", "batch = 5", r"batch must be a whole number from 6, not 5"),
    "no rate": ("1e-3", "0", r"learning_rate must be a number above 0, not 0"),
    "not finite": ("1e-3", "nan", r"learning_rate must be a number above 0, not nan"),
    "unknown word": ('"tiny"', '"huge"', r'backbone must be one of "efficientnet_lite0", '),
    "no list": ("[0, 1]", "1", r"network\.levels must be a list, not 1"),
    "wrong in a list": ("[0, 1]", "[0, -1]", r"network\.levels\.1 must be a whole number from 0"),
    "no table": ("seed = 3", "losses = 3", r"losses must be a table|is not TOML"),
    "nothing there": ("rated.csv", "gone.csv", r"ratings\.0\.path names .*gone\.csv, where there"),
    "initial not there": ('"random"', '"x.pt"', r"network\.initial names .*x\.pt, where there"),
    "a path as name": ('"small"', '"a/b"', r"name 'a/b' cannot be the name of a file"),
    "no licence": ('licence = "CC0-1.0"\nseed', "seed", r"licence is missing"),
    "no loss": ("[losses.rank]", "", r"there is no loss; add one of \[losses\.triplet\]"),
    "loss without data": (
        "[losses.rank]",
        "[losses.pairs]",
        r"\[losses\.pairs\] needs data\.photos",
    ),
    "an unknown distortion": (
        "[losses.rank]",
        '[losses.pairs]\nkinds = ["rain"]',
        r"kinds\.0 must be one",
    ),
    "one fold": ("steps = 10", "steps = 10\nheld_out_folds = 1", r"leaves nothing to train on"),
    "levels or none": ("steps = 10", 'steps = 10\nunfreeze_from = "all"', r'from 0 or "none", not'),
    "not TOML": ("steps = 10", "steps 10", r"is not TOML"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_in_one_line(case: str, file: Path) -> None:
    old, new, message = WRONG[case]
    assert old in WHOLE
    write(file, WHOLE.replace(old, new))
    with pytest.raises(UsageError, match=message) as caught:
        read_config(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_neither_descent_nor_fit_is_nothing_to_do(file: Path) -> None:
    text = WHOLE[: WHOLE.index("[descent]")]
    with pytest.raises(UsageError, match=r"neither \[descent\] nor \[fit\]"):
        read_config(write(file, text))
    assert read_config(write(file, text + "[fit]\nstrength = 3\n")).fit == {"strength": 3}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml: cannot be read \(no such file"):
        read_config(tmp_path / "gone.toml")


@pytest.mark.parametrize("recipe", ["paper-resnet50-arod", "distil-mobile", "finetune-lite2"])
def test_the_committed_recipes_are_whole(
    recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATA", "MEDIA", "PRETRAINED"):
        monkeypatch.setenv(f"FRAMEPICK_{name}", str(tmp_path))
    for folder in ("arod", "oasis", "photos", "photos2", "footage"):
        (tmp_path / folder).mkdir()
    for weights in (
        "mobilenet_v2_imagenet",
        "efficientnet_lite0_imagenet",
        "efficientnet_lite2_imagenet",
        "nima_mobilenet_v1_ava",
    ):
        (tmp_path / f"{weights}.safetensors").touch()
    for table in ("photos_ratings.csv", "photos2.csv"):
        (tmp_path / table).touch()
    path = Path(__file__).parents[2] / "recipes" / f"{recipe}.toml"
    assert read_config(path).name == recipe
