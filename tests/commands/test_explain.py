"""`framepick explain`: heat maps, documents and words of pictures and frames."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samples.clipmaker import load, write
from tests.command_line import framepick


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "cat.jpg"
    Image.fromarray(load("chelsea", (400, 300))).save(path)
    return path


def read(path: Path) -> dict[str, object]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_a_photo_gets_a_heat_map_of_its_size_and_a_document(tmp_path: Path, photo: Path) -> None:
    done = framepick(tmp_path, "explain", photo, "-o", "why")
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "why" / "cat.jpg.heat.jpg") as heat:
        assert heat.size == (400, 300)
    facts = read(tmp_path / "why" / "cat.jpg.why.json")
    assert np.asarray(facts["gains"]).shape == (13, 13)
    assert facts["heat_map"] == "cat.jpg.heat.jpg"
    assert facts["text"]


def test_the_frame_of_a_video_is_the_one_that_is_shown_then(tmp_path: Path) -> None:
    cat, cup = load("chelsea", (320, 240)), load("coffee", (320, 240))
    write(tmp_path / "film.mp4", [cat] * 10 + [cup] * 10, rate=10)
    Image.fromarray(cup).save(tmp_path / "cup.png")
    done = framepick(tmp_path, "explain", "film.mp4@1.45", "cup.png", "--json")
    frame, photo = map(json.loads, done.stdout.splitlines())
    assert frame["frame_index"] == 14
    assert (tmp_path / "explained" / "film.mp4_00-00-01.400.heat.jpg").exists()
    assert frame["score"] == pytest.approx(photo["score"], abs=0.3)


def test_two_photos_of_one_name_get_files_of_their_own(tmp_path: Path, photo: Path) -> None:
    (tmp_path / "b").mkdir()
    Image.fromarray(load("coffee", (400, 300))).save(tmp_path / "b" / "CAT.jpg")
    done = framepick(tmp_path, "explain", photo, "b/CAT.jpg")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "explained").iterdir()}
    assert {"cat.jpg.heat.jpg", "CAT.jpg-2.heat.jpg"} <= names


@pytest.mark.parametrize("method", ["guided", "smooth"])
def test_another_method_draws_another_heat_map_and_says_so(
    tmp_path: Path, photo: Path, method: str
) -> None:
    assert framepick(tmp_path, "explain", photo, "-o", "parts").returncode == 0
    done = framepick(tmp_path, "explain", photo, "-o", "why", "--method", method)
    assert done.returncode == 0, done.stderr
    parts, facts = (read(tmp_path / name / "cat.jpg.why.json") for name in ("parts", "why"))
    assert (parts["method"], parts["saliency"]) == ("parts", None)
    assert (facts["method"], np.asarray(facts["saliency"]).max()) == (method, 1.0)
    assert facts["gains"] == parts["gains"]
    heats = [(tmp_path / name / "cat.jpg.heat.jpg").read_bytes() for name in ("parts", "why")]
    assert heats[0] != heats[1]


def test_a_method_that_needs_torch_names_the_extra_where_it_is_missing(
    tmp_path: Path, photo: Path
) -> None:
    script = "import sys; sys.modules['torch'] = None; import framepick.cli; framepick.cli.main()"
    call = [sys.executable, "-c", script, "explain", str(photo), "--method", "guided"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    [told] = done.stderr.splitlines()
    assert "pip install 'framepick[gpu]'" in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nothing.jpg", "does not exist"),
        ("film.mp4", "name a time of it, such as film.mp4@1:23.4"),
        ("film.mp4@9", "not in the film"),
        ("film.mp4@never", "is not a time"),
    ],
)
def test_what_cannot_be_explained_is_told_in_one_line(
    tmp_path: Path, photo: Path, given: str, told: str
) -> None:
    write(tmp_path / "film.mp4", [load("coffee", (160, 120))] * 5, rate=5)
    done = framepick(tmp_path, "explain", given, photo)
    assert done.returncode != 0
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "explained" / "cat.jpg.why.json").exists()
