"""The command line as people use it: real files, and real processes where a process matters."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import pty
import re
import resource
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet
import pytest
from PIL import Image

from benchmarks import side_by_side
from samples.clipmaker import Scene, View, damage, flat, load, numbered, read_number, render, write
from tests.command_line import Done, framepick
from tests.conftest import is_over, wait_for
from tests.text_frames import title
from tests.tiny import tiny_weights

PICK_FIELDS = [
    "source",
    "rank",
    "pts",
    "time_base",
    "pts_seconds",
    "time_seconds",
    "timecode",
    "timecode_rate",
    "timecode_is_nominal",
    "frame_index",
    "score",
    "percentile",
    "percentile_in_video",
    "rating",
    "reasons",
    "peak_seconds",
    "runner_up",
    "still",
]
SCORE_FIELDS = [
    "pts",
    "time_base",
    "pts_seconds",
    "time_seconds",
    "frame_index",
    "raw",
    "smoothed",
    "variance",
    "shot",
    "veto",
]
COMMAND = [sys.executable, "-m", "framepick.cli"]
Run = Callable[..., Done]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def run(tmp_path: Path, tiny: Path) -> Run:
    """Call the command line in an empty folder, with the tiny encoder where one is needed."""

    def call(command: str, *arguments: object) -> Done:
        needs_weights = command in ("pick", "score", "photos")
        weights = ["--weights", tiny] if needs_weights else []
        return framepick(tmp_path, command, *arguments, *weights)

    return call


@pytest.fixture(scope="session")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 12 s of pans over four photographs, with a black and a white second between them."""
    path = tmp_path_factory.mktemp("moving") / "moving.mp4"
    names = ("chelsea", "coffee", "rocket", "astronaut")
    scenes = [Scene(load(n), 2.5, camera=((0, View(0.9)), (2.5, View(0.6)))) for n in names]
    scenes.insert(1, Scene(flat((0, 0, 0)), 1.0))
    scenes.insert(3, Scene(flat((255, 255, 255)), 1.0))
    write(path, render(scenes, 320, 180, rate=25), rate=25, gop=50, bframes=2)
    return path


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, check=True)
    assert b"pick" in done.stdout
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, framepick.cli; print(*sys.modules)"],
        capture_output=True,
        check=True,
    ).stdout.split()
    assert not {b"torch", b"numpy", b"av", b"pyarrow", b"scipy"} & set(loaded)


def test_pick_writes_stills_that_are_the_frames_named(tmp_path: Path, run: Run) -> None:
    write(tmp_path / "numbered.mkv", numbered(150), gop=30, bframes=2)
    done = run("pick", "numbered.mkv", "--count", 4, "--out", "here", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "here/numbered.mkv/picks.json").read_text())
    assert [list(pick) for pick in document["picks"]] == [PICK_FIELDS] * 4
    for pick, line in zip(document["picks"], done.stdout.splitlines(), strict=True):
        printed = json.loads(line)
        still = tmp_path / printed["still"]
        assert {**printed, "still": still.name} == pick
        assert read_number(np.asarray(Image.open(still))) == pick["frame_index"]
        assert pick["pts"] == round(pick["frame_index"] * 1000 / 30)
        assert pick["time_base"] == "1/1000"
        assert pick["time_seconds"] == pytest.approx(pick["pts"] / 1000)
    assert [pick["rank"] for pick in document["picks"]] == [1, 2, 3, 4]


def test_picks_keep_their_distance_and_skip_black_and_white(run: Run, moving: Path) -> None:
    done = run("pick", moving, "--count", 4, "--min-gap", 1.5, "--json")
    picks = [json.loads(line) for line in done.stdout.splitlines()]
    times = sorted(pick["time_seconds"] for pick in picks)
    assert len(times) == 4
    assert min(np.diff(times)) >= 1.5
    assert not any(2.5 <= t < 3.5 or 6.0 <= t < 7.0 for t in times)


def test_score_tables_have_a_row_per_frame(tmp_path: Path, run: Run, moving: Path) -> None:
    assert run("score", moving, "--out", "s.csv").returncode == 0
    assert run("score", moving, "--out", "s.parquet").returncode == 0
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "s.parquet")
    assert list(rows[0]) == table.column_names == SCORE_FIELDS
    assert len(rows) == table.num_rows == 300
    smoothed = [row["smoothed"] for row in rows]
    assert all(len(text.partition(".")[2]) <= 3 for text in smoothed)
    np.testing.assert_allclose(np.array(smoothed, float), table["smoothed"], atol=5e-4)
    vetoes = [row["veto"] for row in rows]
    assert vetoes[65:85] == ["black"] * 20
    assert vetoes[152:172] == ["white"] * 20
    assert set(vetoes[:60]) == {""}
    assert int(rows[-1]["shot"]) >= 3


def test_scores_beside_picks_are_csv_on_request(tmp_path: Path, run: Run, clip: Path) -> None:
    run("pick", clip, "--out", "out")
    assert (tmp_path / "out/numbered.mp4/scores.parquet").exists()
    run("pick", clip, "--out", "out", "--scores", "csv")
    names = {path.suffix for path in (tmp_path / "out/numbered.mp4").iterdir()}
    assert names == {".csv", ".jpg", ".json", ".html"}


def test_a_second_run_writes_the_same_bytes(tmp_path: Path, run: Run, moving: Path) -> None:
    hashes = []
    for out in ("one", "two"):
        assert run("pick", moving, "--out", out).returncode == 0
        files = sorted((tmp_path / out).rglob("*.*"))
        files.remove(tmp_path / out / "moving.mp4/report.html")  # it says how long the run took
        hashes.append(
            {f.name: hashlib.sha256(f.read_bytes()).digest() for f in files if f.is_file()}
        )
    assert len(hashes[0]) == 9
    assert hashes[0] == hashes[1]


def test_a_second_run_leaves_no_stills_of_the_first(tmp_path: Path, run: Run, moving: Path) -> None:
    run("pick", moving, "--count", 6, "--out", "out")
    (tmp_path / "out/moving.mp4/notes.txt").write_text("mine")
    run("pick", moving, "--count", 2, "--out", "out")
    names = sorted(path.name for path in (tmp_path / "out/moving.mp4").iterdir())
    assert len([name for name in names if name.startswith("moving_")]) == 2
    assert "notes.txt" in names


def test_one_bad_input_does_not_stop_the_others(tmp_path: Path, run: Run, clip: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a film")
    done = run("pick", "missing.mp4", clip, "text.mp4", "--out", "out")
    assert done.returncode == 1
    complaints = done.stderr.splitlines()
    assert len(complaints) == 2
    assert complaints[0] == "framepick: missing.mp4: does not exist"
    assert complaints[1].startswith("framepick: text.mp4: is not a video that can be read")
    assert (tmp_path / "out/numbered.mp4/picks.json").exists()


def test_inputs_of_the_same_name_do_not_overwrite_each_other(
    tmp_path: Path, run: Run, clip: Path
) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.mp4").write_bytes(clip.read_bytes())
    run("pick", "a/x.mp4", "b/x.mp4", "--count", 1, "--out", "out")
    run("pick", "c/x.mp4", "--count", 1, "--out", "out")
    run("pick", "b/x.mp4", "--count", 2, "--out", "out")
    sources = {
        path.parent.name: json.loads(path.read_text())["source"]
        for path in (tmp_path / "out").glob("*/picks.json")
    }
    assert sorted(sources.values()) == ["a/x.mp4", "b/x.mp4", "c/x.mp4"]
    assert sources["x.mp4"] == "c/x.mp4"  # the only one of its name in its run


def test_the_same_relative_name_in_another_folder_is_another_video(
    tmp_path: Path, tiny: Path, clip: Path
) -> None:
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "x.mp4").write_bytes(clip.read_bytes())
        done = framepick(folder, "pick", "x.mp4", "--out", "../out", "--weights", tiny)
        assert done.returncode == 0, done.stderr
    first, second = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert (first, second[:6]) == ("x.mp4", "x.mp4-")


def test_a_folder_with_a_foreign_picks_file_is_left_alone(
    tmp_path: Path, run: Run, clip: Path
) -> None:
    (tmp_path / "out/numbered.mp4").mkdir(parents=True)
    foreign = tmp_path / "out/numbered.mp4/picks.json"
    foreign.write_text('{"picks": ["cherries"]}')
    assert run("pick", clip, "--out", "out").returncode == 0
    assert foreign.read_text() == '{"picks": ["cherries"]}'
    assert list((tmp_path / "out").glob("numbered.mp4-*/picks.json"))


def test_results_go_beside_the_video_if_that_is_asked_for(
    tmp_path: Path, run: Run, clip: Path
) -> None:
    (tmp_path / "film.mp4").write_bytes(clip.read_bytes())
    done = run("pick", "film.mp4", "--count", 1, "--out", ".", "--json")
    assert done.returncode == 0, done.stderr
    folder = Path(json.loads(done.stdout)["still"]).parent
    assert f"film.mp4: the result goes to {folder}, as film.mp4 is taken" in done.stderr
    assert (tmp_path / folder / "picks.json").exists()
    assert (tmp_path / "film.mp4").read_bytes() == clip.read_bytes()


def test_two_runs_at_once_on_one_video_never_end_well_with_files_missing(
    tmp_path: Path, tiny: Path, clip: Path
) -> None:
    command = [*COMMAND, "pick", str(clip), "--json", "--weights", str(tiny), "--count"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [
        subprocess.Popen([*command, count], cwd=tmp_path, **pipes)  # type: ignore[call-overload]
        for count in ("5", "2")
    ]
    ended = [(*run.communicate(timeout=120), run.returncode) for run in runs]
    assert 0 in [code for _, _, code in ended]
    folder = tmp_path / "picks" / clip.name
    [kept] = {path.name for path in (tmp_path / "picks").iterdir()}
    assert kept == clip.name
    document = json.loads((folder / "picks.json").read_text())
    assert all((folder / name).exists() for name in document["files"])
    for _, errors, code in ended:
        assert code == 0 or "is being written with other settings by another run" in errors
    printed = [[json.loads(line).get("still") for line in out.splitlines()] for out, _, _ in ended]
    stills = [f"picks/{clip.name}/{pick['still']}" for pick in document["picks"]]
    assert stills in printed


@pytest.mark.slow
def test_runs_side_by_side_and_killed_at_random_lose_nothing() -> None:
    counts = side_by_side.main(rounds=6, seed=1)
    for name in ("stills of another video", "stills lost", "hidden files left"):
        assert counts[name] == 0
    assert counts["runs that ended with 0 and files missing"] == 0
    assert counts["runs that ended otherwise"] == 0
    assert counts["runs afterwards that failed"] == 0
    assert counts["runs that ended with 0"] > 6


def test_a_contact_sheet_that_fails_is_told_and_the_stills_are_written(
    tmp_path: Path, tiny: Path, clip: Path
) -> None:
    script = """
    import sys
    from framepick import cli
    from framepick.outputs import folder
    def fail(*_):
        raise MemoryError("too large")
    folder.write_contact_sheet = fail
    sys.exit(cli.main())
    """
    code = textwrap.dedent(script)
    command = [sys.executable, "-c", code, "pick", str(clip), "--weights", str(tiny)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith("contact-sheet.jpg could not be written (MemoryError: too large)\n")
    document = json.loads((tmp_path / "picks/numbered.mp4/picks.json").read_text())
    assert [one["file"] for one in document["failures"]] == ["contact-sheet.jpg"]
    assert len(document["picks"]) == 5


def test_on_a_terminal_results_still_go_to_standard_output(
    tmp_path: Path, tiny: Path, clip: Path
) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, "pick", str(clip), "--json", "--weights", str(tiny)]
    shown = b""
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # the end of a terminal; one that is full blocks
            while data := os.read(ours, 65536):
                shown += data
        output, _ = process.communicate()
    os.close(ours)
    assert [json.loads(line)["rank"] for line in output.splitlines()] == [1, 2, 3, 4, 5]
    assert b"frames/s" in shown
    assert b"score" not in shown


def test_a_picture_too_thin_to_scale_is_one_error_among_scores(tmp_path: Path) -> None:
    Image.new("RGB", (60_000, 2)).save(tmp_path / "thin.png")
    Image.fromarray(load("coffee", (320, 180))).save(tmp_path / "coffee.png")
    done = framepick(tmp_path, "photos", "thin.png", "coffee.png", "--out", "p.csv")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "framepick: thin.png: has a picture of 60000 x 2 that cannot be scaled"
    ]
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 3


def test_closed_streams_and_readers_that_leave_are_no_failure(
    tmp_path: Path, tiny: Path, clip: Path
) -> None:
    command = shlex.join([*COMMAND, "pick", str(clip), "--weights", str(tiny), "--out"])
    for ending in ("a 2>&-", "b >&- 2>&-", "c | head -1"):
        script = f"set -o pipefail; {command} {ending}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, (ending, done.stderr)
        assert (tmp_path / ending[0] / "numbered.mp4/picks.json").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_a_note_that_cannot_be_written_stops_nothing(
    tmp_path: Path, tiny: Path, clip: Path
) -> None:
    call = ("pick", "missing.mp4", str(clip), "-n", "1", "--weights", str(tiny), "--out", "out")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, *call], cwd=tmp_path, stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert (tmp_path / "out/numbered.mp4/picks.json").exists()


def test_names_do_not_steer_the_terminal_or_leave_the_folder(
    tmp_path: Path, run: Run, clip: Path
) -> None:
    done = run("info", "bad\nname\x1b[31m.mp4")
    assert done.stderr == "framepick: bad\\nname\\x1b[31m.mp4: does not exist\n"
    (tmp_path / "in").mkdir()
    for name in (b"..\xff", b".\xff", b"\xff\xfe"):
        path = os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)
        Path(path).write_bytes(clip.read_bytes())
        done = run("pick", path, "--count", 1, "--out", "out")
        assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
    assert len(list((tmp_path / "out").glob("*/picks.json"))) == 3


def test_a_damaged_file_is_picked_from_and_says_so(tmp_path: Path, run: Run, clip: Path) -> None:
    start, end = damage(clip, tmp_path / "broken.mp4", seed=1)
    done = run("pick", "broken.mp4", "--count", 3, "--json")
    assert done.returncode == 0
    assert "broken.mp4: damaged file," in done.stderr
    for line in done.stdout.splitlines():
        assert not start <= json.loads(line)["time_seconds"] < end


def test_a_video_of_faults_only_gives_no_pick_and_says_why(tmp_path: Path, run: Run) -> None:
    write(tmp_path / "black.mp4", [flat((0, 0, 0), (320, 180))] * 30)
    done = run("pick", "black.mp4", "--out", "out")
    assert done.returncode == 0
    assert "black.mp4: 0 of 5 picks: all frames are black" in done.stderr
    assert json.loads((tmp_path / "out/black.mp4/picks.json").read_text())["picks"] == []


def test_titles_are_picked_with_an_option(tmp_path: Path) -> None:
    words = title(["THE END"], 200).resize((640, 360))
    write(tmp_path / "end.mp4", [np.asarray(words)] * 30)
    for option, count in (("--refine", 0), ("--keep-titles", 1)):
        done = framepick(tmp_path, "pick", "end.mp4", "--count", 1, option, "--json")
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == count


def test_photos_are_scored_and_bad_ones_have_a_reason(tmp_path: Path, run: Run) -> None:
    (tmp_path / "set").mkdir()
    for name in ("chelsea", "coffee"):
        Image.fromarray(load(name, (320, 180))).save(tmp_path / "set" / f"{name}.jpg")
    Image.fromarray(load("rocket", (320, 180))).save(tmp_path / "=1+1.png")
    (tmp_path / "set/broken.png").write_text("no picture")
    (tmp_path / "=2+2.png").write_text("no picture")
    done = run("photos", "set", "=1+1.png", "=2+2.png", "--out", "p.csv")
    assert done.returncode == 1
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    good = ["set/chelsea.jpg", "set/coffee.jpg", "./=1+1.png"]
    assert list(rows) == ["set/broken.png", *good, "./=2+2.png"]
    assert rows["./=2+2.png"]["error"].startswith("./=2+2.png: is not a picture")
    assert rows["set/broken.png"]["score"] == ""
    assert "is not a picture" in rows["set/broken.png"]["error"]
    assert all(float(rows[path]["score"]) > 0 for path in good)


def test_a_photo_and_a_video_of_it_score_alike(tmp_path: Path, run: Run) -> None:
    pixels = load("coffee", (640, 360))
    Image.fromarray(pixels).save(tmp_path / "coffee.png")
    write(tmp_path / "coffee.mp4", [pixels] * 30, quality=2)
    run("photos", "coffee.png", "--out", "p.csv")
    run("score", "coffee.mp4", "--out", "v.csv")
    with (tmp_path / "p.csv").open() as photo, (tmp_path / "v.csv").open() as video:
        [of_photo] = [float(row["score"]) for row in csv.DictReader(photo)]
        of_video = [float(row["raw"]) for row in csv.DictReader(video)]
    assert np.mean(of_video) == pytest.approx(of_photo, rel=0.02)


def test_info_without_a_video_tells_what_encodes_here(run: Run) -> None:
    weights, *rows = [json.loads(line) for line in run("info", "--json").stdout.splitlines()]
    assert (weights["weights"], weights["view_pixels"]) == ("framepick-mobile", 260)
    assert "torch" in {row["name"] for row in rows}
    assert [row["is_chosen"] for row in rows] == [True] + [False] * (len(rows) - 1)
    assert "(the default)" in run("info").stdout


def test_a_runtime_that_is_not_known_is_a_wrong_call(run: Run, clip: Path) -> None:
    done = run("pick", clip, "--runtime", "abacus")
    assert done.returncode == 2
    assert done.stderr == "framepick: no runtime 'abacus'; choose auto, openvino, torch\n"


def test_info_tells_size_rate_and_length(tmp_path: Path, run: Run, clip: Path) -> None:
    done = run("info", clip, "--json")
    facts = json.loads(done.stdout)
    assert (facts["width"], facts["height"], facts["codec"]) == (320, 180, "h264")
    assert facts["frame_rate"] == "30"
    assert facts["duration_seconds"] == pytest.approx(3.0)
    assert facts["packets"] == 90


def test_info_gives_people_rates_and_lengths_in_decimals(tmp_path: Path, run: Run) -> None:
    write(tmp_path / "ntsc.mp4", numbered(10), rate=Fraction(30000, 1001))
    assert "frame rate: 29.97\nduration seconds: 0.334\n" in run("info", "ntsc.mp4").stdout


WRONG_CALLS = [
    ("pick",),
    ("pick", "x.mp4", "--count", "0"),
    ("pick", "x.mp4", "--min-gap", "-1"),
    ("pick", "x.mp4", "--min-gap", "nan"),
    ("pick", "x.mp4", "--min-gap", "inf"),
    ("pick", "x.mp4", "--device", "abacus"),
    ("pick", "x.mp4", "--scores", "xlsx"),
    ("pick", "x.mp4", "--budget", "0s"),
    ("pick", "x.mp4", "--budget", "soon"),
    ("pick", "x.mp4", "--budget", "30s", "--plan", "exact"),
    ("pick", "x.mp4", "--prefer", "people", "--no-refine"),
    ("pick", "x.mp4", "--prefer", "animals"),
    ("pick", "x.mp4", "--plan", "lazy"),
    ("score", "x.mp4", "--out", "scores.txt"),
    ("photos", "x.jpg", "--out", "p.parquet"),
    ("photos", ".", "--out", "p.csv"),
    ("polish", "x.mp4"),
]


@pytest.mark.parametrize("call", WRONG_CALLS, ids=" ".join)
def test_a_wrong_call_exits_with_2_and_writes_nothing(
    tmp_path: Path, run: Run, call: tuple[str, ...]
) -> None:
    done = run(*call)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_weights_that_are_none_are_refused_in_one_line(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 100)
    done = framepick(tmp_path, "pick", clip, "--weights", "bad.safetensors")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "bad." in done.stderr


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, run: Run, clip: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    done = run("pick", clip, "--out", "out")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, tiny: Path, clip: Path) -> None:
    def small_files() -> None:
        # a write beyond this size fails, as on a full disk
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    done = subprocess.run(
        [*COMMAND, "pick", clip, "--out", "out", "--weights", tiny],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        preexec_fn=small_files,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("number", "in_background"),
    [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGTERM, True)],
)
def test_an_interrupt_leaves_no_process_and_no_file(
    tmp_path: Path, tiny: Path, endless: Path, number: signal.Signals, in_background: bool
) -> None:
    def ignore_interrupts() -> None:
        # as a shell without job control starts a command with &
        if in_background:
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    command = [*COMMAND, "pick", str(endless), "--out", "out", "--weights", str(tiny)]
    with subprocess.Popen(
        [*command, "--plan", "exact"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=ignore_interrupts,
    ) as process:
        children = _decoders(process)
        time.sleep(0.3)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors == "framepick: interrupted; results that were complete are kept\n"
    assert all(wait_for(lambda child=child: is_over(child)) for child in children)  # type: ignore[misc]
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_killed_decoder_fails_its_file_only(
    tmp_path: Path, tiny: Path, endless: Path, clip: Path
) -> None:
    command = [*COMMAND, "pick", str(endless), str(clip), "--out", "out", "--weights", str(tiny)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        _decoders(process)[0].kill()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors == f"framepick: {endless}: the decoder was ended by SIGKILL\n"
    assert (tmp_path / "out/numbered.mp4/picks.json").exists()
    assert not (tmp_path / "out/endless.mp4").exists()


def test_a_run_killed_while_it_writes_leaves_no_file_under_a_final_name(
    tmp_path: Path, tiny: Path
) -> None:
    write(tmp_path / "long.mp4", numbered(400, (640, 360)), gop=400)
    command = [*COMMAND, "pick", "long.mp4", "--out", "out", "--weights", str(tiny), "--no-refine"]
    with subprocess.Popen(
        [*command, "--count", "300", "--min-gap", "0"], cwd=tmp_path, text=True
    ) as process:
        children = _decoders(process)
        assert wait_for(lambda: bool(list((tmp_path / "out").rglob("*.jpg"))), 60)
        process.kill()
    assert all(wait_for(lambda child=child: is_over(child)) for child in children)  # type: ignore[misc]
    assert not (tmp_path / "out/long.mp4").exists()
    again = subprocess.run([*command, "--count", "1"], cwd=tmp_path, check=True)
    assert again.returncode == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["long.mp4"]


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a video that takes a while to decode."""
    path = tmp_path_factory.mktemp("endless") / "endless.mp4"
    write(path, numbered(3000, (160, 90)), gop=60)
    return path


def _decoders(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Wait for children that decode; libraries start others for a moment while they load."""
    found: list[psutil.Process] = []

    def look() -> bool:
        for child in psutil.Process(process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if any("decoder" in word for word in child.cmdline()):
                    found.append(child)
        return bool(found)

    assert wait_for(look, 30)
    return found


# Long videos, and videos that were seen before


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 80 s of pans over four photographs, ten frames a second."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    names = ("chelsea", "coffee", "rocket", "astronaut") * 5
    scenes = [Scene(load(n), 4.0, camera=((0, View(0.9)), (4.0, View(0.6)))) for n in names]
    write(path, render(scenes, 160, 90, rate=10), rate=10, gop=20, bframes=2)
    return path


def test_the_best_frames_so_far_are_told_once_a_search_has_lasted_a_while(
    tmp_path: Path, tiny: Path, long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("pick", long, "--count", 2, "--json", "--no-cache", "--weights", tiny)
    monkeypatch.setattr("framepick.provisional.REPORT_SECONDS", 0.0)
    done = framepick(tmp_path, *call)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["rank"] for line in done.stdout.splitlines()] == [1, 2]
    first = done.stderr.splitlines()[0]
    assert re.search(r"long\.mp4: the best frames so far are at \d+\.\d{3} s, \d+\.\d{3} s$", first)
    monkeypatch.setattr("framepick.provisional.REPORT_SECONDS", 1e6)
    assert framepick(tmp_path, *call).stderr == ""


def test_a_long_video_is_looked_at_in_part_unless_all_of_it_is_asked_for(
    tmp_path: Path, run: Run, long: Path
) -> None:
    run("pick", long, "--count", 1, "--out", "part", "--scores", "csv", "--no-refine")
    run("pick", long, "--count", 1, "--out", "all", "--scores", "csv", "--plan", "exact")
    part, whole = (tmp_path / name / "long.mp4" / "scores.csv" for name in ("part", "all"))
    assert len(whole.read_text().splitlines()) == 801
    assert len(part.read_text().splitlines()) < 600
    [found] = json.loads((part.parent / "picks.json").read_text())["picks"]
    assert (found["timecode_rate"], found["timecode_is_nominal"]) == ("10/1", False)
    seconds, frames = divmod(found["frame_index"], 10)
    assert found["timecode"] == f"00:{seconds // 60:02}:{seconds % 60:02}:{frames:02}"
    page = (part.parent / "report.html").read_text()
    assert re.search(r"\d{3} of 800 frames scored", page)


def test_a_budget_is_kept_roughly_and_gives_what_was_asked_for(
    tmp_path: Path, run: Run, long: Path
) -> None:
    start = time.monotonic()
    done = run("pick", long, "--count", 3, "--budget", "4s")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < 30  # the benchmarks measure it
    picks = json.loads((tmp_path / "picks" / "long.mp4" / "picks.json").read_text())
    assert len(picks["picks"]) == 3
    assert picks["settings"]["budget_seconds"] == 4.0


def test_the_cache_is_shown_used_and_cleared(
    tmp_path: Path, run: Run, moving: Path, cache_folder: Path
) -> None:
    run("cache", "--clear")
    assert run("pick", moving, "--no-cache", "--out", "a").returncode == 0
    assert not list(cache_folder.iterdir())
    assert run("pick", moving, "--out", "b").returncode == 0
    kept = list(cache_folder.glob("*.framepick"))
    assert len(kept) == 1
    assert list(cache_folder.glob("*.network"))
    shown = run("cache").stdout
    assert f"folder: {cache_folder}" in shown
    assert "size: 0.0 of" not in shown
    assert "removed: " in run("cache", "--clear").stdout
    assert not [*cache_folder.glob("*.framepick"), *cache_folder.glob("*.network")]
    same = (tmp_path / name / "moving.mp4" / "picks.json" for name in "ab")
    first, second = (json.loads(path.read_text()) for path in same)
    assert first == second


def test_a_budget_that_cannot_be_kept_is_told(tmp_path: Path, run: Run) -> None:
    write(tmp_path / "raw.h264", numbered(60), gop=15, container="h264")
    done = run("pick", tmp_path / "raw.h264", "--count", 1, "--budget", "2s")
    assert done.returncode == 0, done.stderr
    assert "can only be read in order, so every frame was scored" in done.stderr
