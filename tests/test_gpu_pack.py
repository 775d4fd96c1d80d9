"""What is packed for a machine with a GPU says there what the data say here, within a size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.gpu_pack import pack
from benchmarks.gpu_training import Pace, steps_that_fit
from benchmarks.gpu_unpack import unpack
from framepick.evaluation.footage.clips import RatedClip
from framepick.ratings import RatedSet
from framepick.sources.photos import load_photo, load_view
from framepick.training.clip_frames import training_clips
from framepick.training.config import TrainConfig, read_config
from framepick.training.datasets import read_usable
from framepick.types import ViewSpec
from samples.clipmaker import numbered, write

RECIPE = """
name = "run"
out = "out"
licence = "CC0-1.0"

[network]
backbone = "tiny"
initial = "$FRAMEPICK_PRETRAINED/start.safetensors"
levels = [0, 1]
aesthetic = 8
content = 4
view = 96

[data]
ratings = [
    { path = "$FRAMEPICK_DATA/oasis", licence = "CC0-1.0" },
    { path = "$FRAMEPICK_DATA/more.csv", pictures = "$FRAMEPICK_DATA/more", only_free = false, \
licence = "-" },
]
footage = { path = "$FRAMEPICK_DATA/footage", licence = "CC0-1.0" }

[descent]
steps = 1
batch = 12
learning_rate = 1e-3

[losses.rank]
"""
CLIP = "a film.mp4"


def picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(number).integers(0, 256, (12, 9, 3), dtype=np.uint8)
    Image.fromarray(blocks).resize((160, 120), Image.Resampling.BICUBIC).save(path)


def make_tables(data: Path) -> None:
    """Twelve rated pictures, four of which may not be used; twenty of another set."""
    rows = ["image,beauty_mean,theme,split,cc0"]
    for number in range(12):
        picture(data / "oasis" / "images" / f"{number}.png", number)
        split, is_free = ("dev" if number < 2 else "train"), number not in (4, 5)
        rows.append(f"{number}.png,{2 + 0.3 * number},theme {number // 2},{split},{is_free}")
    (data / "oasis" / "beauty.csv").write_text("\n".join(rows))
    rows = ["image,beauty"]
    for number in range(20):
        picture(data / "more" / "cats" / f"{number}.jpg", 50 + number)
        rows.append(f"cats/{number}.jpg,{3 + 0.1 * number}")
    (data / "more.csv").write_text("\n".join(rows))


def make_footage(folder: Path) -> None:
    """A film and rated frames to train on, and a film and rated frames that are for measuring."""
    (folder / "clips").mkdir(parents=True)
    columns = "file,use,topic,origin,frame_count,best_four"
    clips, ratings = [columns], ["file,frame_index,rating"]
    for name, use in ((CLIP, "train"), ("kept.mp4", "evaluate only")):
        write(folder / "clips" / name, numbered(40), gop=20, container="mp4")
        clips.append(f"{name},{use},made,owner:{name},40,1 11 21 31")
        ratings += [f"{name},{frame},{1 + frame / 5}" for frame in range(1, 40, 10)]
    (folder / "clips.csv").write_text("\n".join(clips))
    (folder / "ratings.csv").write_text("\n".join(ratings))
    clips, ratings = [columns], ["file,frame_index,rating,image"]
    for name, use in (("m1.mp4", "train"), ("m2.mp4", "evaluate only")):
        clips.append(f"{name},{use},made,owner:{name},40,0 1 2 3")
        for frame in range(4):
            picture(folder / "frames" / f"{name}_{frame}.jpg", 90 + frame)
            ratings.append(f"{name},{frame},{frame + 2},{name}_{frame}.jpg")
    (folder / "more_clips.csv").write_text("\n".join(clips))
    (folder / "more_ratings.csv").write_text("\n".join(ratings))


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_tables(tmp_path / "data")
    make_footage(tmp_path / "data" / "footage")
    (tmp_path / "start.safetensors").write_bytes(bytes(1000))
    monkeypatch.setenv("FRAMEPICK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FRAMEPICK_PRETRAINED", str(tmp_path))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path / "recipe.toml"


def read(config: TrainConfig) -> tuple[list[RatedSet], tuple[RatedClip, ...]]:
    usable = [read_usable(source, lambda _: None) for source in config.data.ratings]
    assert config.data.footage is not None
    return [one.select(one.is_free) for one in usable], training_clips(config.data.footage.path)


def unpacked(recipe: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    """The same recipe where only what was packed is there."""
    unpack(folder)
    monkeypatch.setenv("FRAMEPICK_DATA", str(folder / "data"))
    monkeypatch.setenv("FRAMEPICK_PRETRAINED", str(folder / "data" / "pretrained"))
    return read_config(recipe)


def test_what_was_packed_is_read_by_the_same_recipe(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, clips = read(read_config(recipe))
    pack(recipe, tmp_path / "packed", mib=1.0, most=None, wheels=())
    config = unpacked(recipe, tmp_path / "packed", monkeypatch)
    after, packed_clips = read(config)
    assert [one.name for one in after] == ["OASIS", "more"]
    assert [len(one) for one in after] == [8, 20]
    for ours, theirs in zip(after, before, strict=True):
        assert ours.score.tolist() == pytest.approx(theirs.score.tolist())
        assert ours.theme.tolist() == theirs.theme.tolist()
        for small, large in zip(ours.paths, theirs.paths, strict=True):
            spec = ViewSpec(96)
            apart = load_view(small, spec).astype(float) - load_view(large, spec)
            assert np.abs(apart).mean() < 6.0
    assert [(c.name, c.origin, c.use) for c in packed_clips] == [
        (c.name, c.origin, c.use) for c in clips
    ]
    for ours_clip, theirs_clip in zip(packed_clips, clips, strict=True):
        assert ours_clip.ratings.tolist() == theirs_clip.ratings.tolist()
        assert ours_clip.best_four.tolist() == theirs_clip.best_four.tolist()
        assert [load_photo(path).shape for path in ours_clip.images] == [(96, 96, 3)] * 4
    assert Path(config.network.initial).read_bytes() == bytes(1000)


def test_clips_that_are_for_measuring_are_not_packed(recipe: Path, tmp_path: Path) -> None:
    pack(recipe, tmp_path / "packed", mib=1.0, most=None, wheels=())
    unpack(tmp_path / "packed")
    footage = tmp_path / "packed" / "data" / "footage"
    assert {clip.name for clip in training_clips(footage)} == {CLIP, "m1.mp4"}
    assert not [path for path in footage.rglob("*") if "kept" in path.name or "m2" in path.name]
    assert "kept" not in (footage / "more_ratings.csv").read_text()


def test_pictures_are_compressed_as_much_as_the_size_asks_for(recipe: Path, tmp_path: Path) -> None:
    sizes = []
    for mib in (1.0, 0.06):
        folder = tmp_path / f"packed {mib}"
        pack(recipe, folder, mib, most=None, wheels=())
        sizes.append((folder / "data.tar.xz").stat().st_size / 2**20)
        assert sizes[-1] <= mib
    assert sizes[1] < 0.8 * sizes[0]
    with pytest.raises(SystemExit, match="too many pictures"):
        pack(recipe, tmp_path / "none", 0.01, most=None, wheels=())


def test_a_few_pictures_of_each_set_are_packed_to_try_things_out(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(recipe, tmp_path / "packed", mib=1.0, most=4, wheels=())
    after, clips = read(unpacked(recipe, tmp_path / "packed", monkeypatch))
    assert [len(one) for one in after] == [4, 4]
    assert len(clips) == 2


def test_a_run_takes_as_many_steps_as_there_is_time_for() -> None:
    pace = Pace(step=0.5, around=20.0)
    assert steps_that_fit(pace, seconds=130.0, most=1000) == 200
    assert steps_that_fit(pace, seconds=130.0, most=50) == 50
    assert steps_that_fit(pace, seconds=5.0, most=50) == 1
