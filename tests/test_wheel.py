"""The wheel that users install: complete, with its weights, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


EXTRAS = (
    "torch",
    "torchvision",
    "scipy",
    "sklearn",
    "matplotlib",
    "nncf",
    "openTSNE",
    "streamlit",
    "filterpy",
)
"""Packages that a plain install does not bring."""


def test_an_installed_wheel_picks_with_the_weights_it_carries(tmp_path: Path, clip: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    subprocess.run([*build, tmp_path / "dist", ROOT], check=True, capture_output=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "framepick/weights/framepick-mobile.safetensors" in names
    assert "framepick/weights/framepick-mobile.xml" in names
    assert "framepick/weights/framepick-mobile.bin" in names
    assert "framepick/weights/framepick-mobile-taste.safetensors" in names
    assert "framepick/weights/framepick-faces.zip" in names
    assert "framepick/weights/framepick-faces.json" in names
    assert "framepick/py.typed" in names
    assert "framepick/outputs/report/style.css" in names
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*install, site, wheel], check=True, capture_output=True)
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({EXTRAS}))\n"
        "import framepick, framepick.cli; print(framepick.__file__); framepick.cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, "pick", clip, "--count", "2", "--out", "out"],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site))
    assert (tmp_path / "out" / clip.name / "picks.json").exists()
    assert "<canvas" in (tmp_path / "out" / clip.name / "report.html").read_text()
