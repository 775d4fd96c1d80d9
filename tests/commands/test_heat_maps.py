"""`framepick pick --heat-maps`: a heat map beside each still and in the report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from samples.clipmaker import load, write
from tests.command_line import framepick


def test_each_still_has_a_heat_map_that_the_report_shows(tmp_path: Path) -> None:
    write(tmp_path / "film.mp4", [load("chelsea", (320, 240))] * 12, rate=6)
    done = framepick(tmp_path, "pick", "film.mp4", "-n", 1, "--heat-maps")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "picks" / "film.mp4"
    [heat] = folder.glob("*_heat.jpg")
    [still] = (one for one in folder.glob("film_*.jpg") if one != heat)
    with Image.open(heat) as coloured, Image.open(still) as plain:
        assert coloured.size == plain.size
        difference = np.abs(np.asarray(coloured, np.int16) - np.asarray(plain, np.int16))
    assert difference.mean() > 5
    assert '<details class="heat">' in (folder / "report.html").read_text(encoding="utf-8")


def test_without_the_option_there_is_none(tmp_path: Path) -> None:
    write(tmp_path / "film.mp4", [load("chelsea", (320, 240))] * 12, rate=6)
    framepick(tmp_path, "pick", "film.mp4", "-n", 1)
    folder = tmp_path / "picks" / "film.mp4"
    assert not list(folder.glob("*_heat.jpg"))
    assert 'class="heat"' not in (folder / "report.html").read_text(encoding="utf-8")
