"""The Streamlit page: the real script, driven as its widgets are, and once as a server."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import framepick.cli
from framepick.outputs.sentences import sentence
from framepick.reasons import ReasonCode
from samples.clipmaker import Scene, View, damage, flat, load, render, write
from tests.conftest import wait_for
from tests.reasons import missing
from tests.tiny import tiny_weights

SCRIPT = Path(__file__).parents[2] / "apps" / "framepick_app.py"


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a pan, half a second of black, another pan: 4.5 s in all."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    pan = ((0.0, View(0.9)), (2.0, View(0.6)))
    scenes = [Scene(load(name), 2.0, camera=pan) for name in ("coffee", "rocket")]
    scenes.insert(1, Scene(flat((0, 0, 0)), 0.5))
    write(path, render(scenes, 320, 180, rate=20), rate=20, gop=20, bframes=2)
    return path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which temporary folders are made."""
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


@pytest.fixture
def page(weights: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """Give the page as it first appears; whatever a test does, nothing temporary stays."""
    monkeypatch.setenv("FRAMEPICK_WEIGHTS", str(weights))
    yield AppTest.from_file(SCRIPT, default_timeout=30).run()
    assert list(scratch.iterdir()) == []


def pick(
    page: AppTest,
    path: Path | str,
    count: int = 5,
    gap: float = 1.0,
    out: Path | str = "",
    prefer: str = "auto",
) -> None:
    page.text_input[0].input(str(path))
    page.text_input[1].input(str(out))
    page.number_input[0].set_value(count)
    page.number_input[1].set_value(gap)
    page.selectbox[1].set_value(prefer)
    page.button[0].click().run()


def upload(page: AppTest, name: str, content: bytes) -> None:
    page.radio[0].set_value("Upload").run()
    page.file_uploader[0].upload(name, content, "video/mp4")
    page.button[0].click().run()


def pictures(page: AppTest) -> list[str]:
    """Give the pictures of picks, without those of runners-up, which lie folded away."""
    folded = {image.proto.imgs[0].url for box in page.expander for image in box.get("image")}
    return [url for url in all_pictures(page) if url not in folded]


def all_pictures(page: AppTest) -> list[str]:
    return [image.proto.imgs[0].url for image in page.get("image")]


def errors(page: AppTest) -> list[str]:
    """Give the messages of the page as they read, escapes undone."""
    assert not page.exception
    return [re.sub(r"\\(.)", r"\1", error.value) for error in page.error]


def test_the_page_and_the_command_line_give_equal_picks(
    tmp_path: Path, page: AppTest, film: Path, weights: Path
) -> None:
    options = ["--count", "4", "--min-gap", "0.7", "--prefer", "scenery"]
    options += ["--out", str(tmp_path / "cli")]
    command = ["pick", str(film), "--weights", str(weights), *options]
    assert CliRunner().invoke(framepick.cli.app, command).exit_code == 0
    pick(page, film, count=4, gap=0.7, out=tmp_path / "app", prefer="scenery")
    assert not errors(page)
    assert contents(tmp_path / "app/film.mp4") == contents(tmp_path / "cli/film.mp4")
    rows = json.loads((tmp_path / "cli/film.mp4/picks.json").read_text())["picks"]
    assert len(rows) == len(pictures(page)) == 4
    assert len(all_pictures(page)) == 4 + sum(row["runner_up"] is not None for row in rows)
    shown = [text.value for text in page.markdown if "score" in text.value]
    for row, text in zip(rows, shown, strict=True):
        assert text.startswith(f"**{row['rank']}** · 00:{row['time_seconds']:06.3f} · ")
        assert text.endswith(f" · score {row['score']:.3f}")
        assert text.count("★") == row["rating"]


def contents(folder: Path) -> dict[str, str]:
    # the report says how long the run took
    files = [path for path in folder.iterdir() if path.name != "report.html"]
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_the_chart_shows_the_picks_and_what_is_vetoed(page: AppTest, film: Path) -> None:
    pick(page, film, count=2)
    [chart] = page.get("vega_lite_chart")
    spec = json.loads(chart.proto.spec)
    vetoed, curve, picks = (layer["data"]["values"] for layer in spec["layer"])
    assert vetoed == [{"time": 2.0, "end": 2.5, "vetoed": "black"}]
    assert len(curve) == 90
    assert all((point["score"] is None) == (2.0 <= point["time"] < 2.5) for point in curve)
    assert [one["rank"] for one in picks] == ["1", "2"]
    scores = {point["time"]: point["score"] for point in curve}
    assert all(scores[one["time"]] == one["score"] for one in picks)
    assert any("10 black" in caption.value for caption in page.caption)


def test_a_file_that_is_no_video_is_one_error_and_no_picture(
    tmp_path: Path, page: AppTest, film: Path
) -> None:
    (tmp_path / "*text*.mp4").write_text("not a film")
    pick(page, film, count=1)
    assert len(pictures(page)) == 1
    pick(page, tmp_path / "*text*.mp4")
    [error] = errors(page)
    assert error.startswith("*text*.mp4: is not a video that can be read")
    assert not pictures(page)


PATHS = [
    ("", "no video yet"),
    ("missing.mp4", "missing.mp4: does not exist"),
    ("/", "is a folder"),
    ("http://127.0.0.1/x.mp4", "network addresses are not read"),
]


def test_a_path_without_a_video_is_one_error(page: AppTest) -> None:
    for path, message in PATHS:
        pick(page, path)
        [error] = errors(page)
        assert message in error


def test_a_folder_that_cannot_be_written_is_one_error(page: AppTest, film: Path) -> None:
    pick(page, film, out=film)
    [error] = errors(page)
    assert "cannot be written" in error


def test_weights_that_are_none_are_one_error(
    tmp_path: Path, page: AppTest, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 100)
    monkeypatch.setenv("FRAMEPICK_WEIGHTS", str(tmp_path / "bad.safetensors"))
    pick(page, film)
    assert len(errors(page)) == 1


def test_damage_and_too_few_frames_are_said(tmp_path: Path, page: AppTest, clip: Path) -> None:
    damage(clip, tmp_path / "broken.mp4", seed=1)
    pick(page, tmp_path / "broken.mp4")
    [warning] = page.warning
    assert re.search(r"[1-9]\d* decoding error", warning.value)
    write(tmp_path / "black.mp4", [flat((0, 0, 0), (320, 180))] * 10)
    pick(page, tmp_path / "black.mp4")
    all_black = sentence(missing(ReasonCode.ALL_HARD_VETOED, 0, 5))
    assert [warning.value.replace("\\", "") for warning in page.warning] == [all_black]


def test_an_upload_with_a_nasty_name_stays_in_its_temporary_folder(
    tmp_path: Path, page: AppTest, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b/c")
    before = everything(tmp_path)
    upload(page, "../../x<script>.mp4", film.read_bytes())
    assert not errors(page)
    assert len(pictures(page)) == 5
    assert page.subheader[0].value == r"Picks of x\<script\>\.mp4"
    assert everything(tmp_path) == before


def test_an_upload_that_is_no_video_is_one_error_that_names_it(
    tmp_path: Path, page: AppTest
) -> None:
    upload(page, "../../x<script>.mp4", b"not a film")
    [error] = errors(page)
    assert error.startswith("x<script>.mp4: is not a video that can be read")
    assert page.error[0].value.startswith(r"x\<script\>\.mp4\: ")
    assert str(tmp_path) not in error


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_the_server_listens_on_this_computer_only_and_sends_no_statistics(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    streamlit = [sys.executable, "-m", "streamlit"]
    options = ["--server.port", str(port), "--server.headless", "true"]
    home = {**os.environ, "HOME": str(tmp_path)}
    with subprocess.Popen(
        [*streamlit, "run", SCRIPT, *options], cwd=tmp_path, env=home, stdout=subprocess.DEVNULL
    ) as server:
        process = psutil.Process(server.pid)
        try:
            assert wait_for(lambda: bool(process.net_connections()), 20)
            places = {c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"}
        finally:
            server.terminate()
    assert places == {"127.0.0.1"}
    config = tomllib.loads((SCRIPT.parent / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False


def test_without_streamlit_one_line_tells_what_to_install() -> None:
    start = "import runpy, sys; sys.modules['streamlit'] = None; runpy.run_path(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", start, SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "the page needs streamlit, not installed here; pip install 'framepick[app]'\n"
    )
