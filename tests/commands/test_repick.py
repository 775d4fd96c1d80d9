"""Another choice from a film that was searched before, as an editor asks for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from samples.clipmaker import numbered, write
from tests.command_line import Done, framepick
from tests.tiny import tiny_weights

RATE = 10
WEIGHTS = ("--weights", "tiny.safetensors")
GAP = ("--min-gap", 0.5)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of numbered frames."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    write(path, numbered(10 * RATE), rate=RATE, gop=RATE)
    return path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Path:
    """A folder with three picks of a film, and what is kept of it, for tests to copy."""
    folder = tmp_path_factory.mktemp("first")
    tiny_weights(folder)
    shutil.copy(film, folder / "film.mp4")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRAMEPICK_CACHE", str(folder / "cache"))
        done = framepick(folder, "pick", "film.mp4", "-n", 3, *GAP, *WEIGHTS)
    assert done.returncode == 0, done.stderr
    (folder / "film.mp4").unlink()
    return folder


@pytest.fixture
def result(tmp_path: Path, first: Path, film: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three picks of a film, in a folder of its own."""
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    shutil.copy(film, tmp_path / "film.mp4")
    monkeypatch.setenv("FRAMEPICK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "picks" / "film.mp4"


def repick(result: Path, *options: object, crop_pictures: int = 0) -> list[dict[str, Any]]:
    """The picks after another choice; what is printed is what stands in picks.json.

    Beside each still lie so many `crop_pictures`.
    """
    done = call(result, *options, "--json")
    assert done.returncode == 0, done.stderr
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    written = picks_of(result)
    assert [{**row, "still": Path(row["still"]).name} for row in printed] == written
    pictures = {path.name for path in result.glob("*.jpg")} - {"contact-sheet.jpg"}
    crops = {
        f"{Path(row['still']).stem}_{crop['ratio'].replace(':', 'x')}.jpg"
        for row in written
        for crop in row.get("crops", ())
        if crop_pictures
    }
    assert len(crops) == crop_pictures * len(written)
    assert pictures == {row["still"] for row in written} | crops
    return written


def call(result: Path, *options: object) -> Done:
    return framepick(result.parents[1], "repick", f"picks/{result.name}", *options, *WEIGHTS)


def picks_of(result: Path) -> list[dict[str, Any]]:
    picks: list[dict[str, Any]] = document(result)["picks"]
    return picks


def document(result: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((result / "picks.json").read_text(encoding="utf-8"))
    return found


def frames(picks: list[dict[str, Any]]) -> set[int]:
    return {row["frame_index"] for row in picks}


def by_rank(picks: list[dict[str, Any]], rank: int) -> dict[str, Any]:
    return next(row for row in picks if row["rank"] == rank)


def code(pick: dict[str, Any]) -> str:
    return str(pick["reasons"][0]["code"])


def test_without_changes_the_result_is_the_same(result: Path) -> None:
    before = {path.name: path.read_bytes() for path in result.iterdir()}
    assert repick(result) == picks_of(result)
    after = {path.name: path.read_bytes() for path in result.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"report.html", "picks.json"}  # that names where the film lies
    assert before.keys() == after.keys()


def test_another_count_gives_what_a_new_run_would(result: Path) -> None:
    picks = repick(result, "-n", 5)
    fresh = framepick(
        result.parents[1], "pick", "film.mp4", "-n", 5, *GAP, *WEIGHTS, "-o", "fresh", "--no-cache"
    )
    assert fresh.returncode == 0, fresh.stderr
    assert picks == picks_of(result.parents[1] / "fresh" / "film.mp4")


def test_a_swap_takes_exactly_that_frame_and_leaves_all_others(result: Path) -> None:
    before = picks_of(result)
    picks = repick(result, "--swap", "2=9.5")
    kept = frames(before) - {by_rank(before, 2)["frame_index"]}
    assert frames(picks) == kept | {95}
    swapped = next(row for row in picks if row["frame_index"] == 95)
    assert (code(swapped), swapped["time_seconds"]) == ("included", 9.5)
    for row in picks:
        same = [one for one in before if one["frame_index"] == row["frame_index"]]
        for one in same:
            for name in ("timecode", "score", "rating", "peak_seconds", "runner_up"):
                assert row[name] == one[name]


def test_a_swap_may_be_swapped_again(result: Path) -> None:
    picks = repick(result, "--swap", "1=9.5")
    rank = next(row["rank"] for row in picks if row["frame_index"] == 95)
    picks = repick(result, "--swap", f"{rank}=00:00:00:03")
    assert 95 not in frames(picks)
    assert 3 in frames(picks)
    assert len(picks) == 3


def test_a_vetoed_pick_never_comes_back_nor_what_is_near(result: Path) -> None:
    before = picks_of(result)
    vetoed = by_rank(before, 1)["frame_index"]
    picks = repick(result, "--veto", 1)
    assert frames(before) - {vetoed} <= frames(picks)
    assert len(picks) == 3
    picks = repick(result, "-n", 6)
    assert all(abs(row["frame_index"] - vetoed) > RATE for row in picks)


def test_a_pinned_pick_stays_whatever_comes_later(result: Path) -> None:
    pinned = by_rank(picks_of(result), 3)["frame_index"]
    picks = repick(result, "--pin", 3)
    assert [code(row) for row in picks if row["frame_index"] == pinned] == ["pinned"]
    for options in (("-n", 1), ("-n", 4), ("--to", 3)):
        assert pinned in frames(repick(result, *options))


def test_a_range_and_an_exclusion_hold_for_the_next_choice_too(result: Path) -> None:
    picks = repick(result, "--from", 2, "--to", "0:08", "--exclude", "4-6")
    allowed = set(range(20, 41)) | set(range(60, 81))
    assert frames(picks) <= allowed
    assert frames(repick(result, "-n", 4)) <= allowed


def test_an_included_frame_is_kept_though_it_is_left_out_and_scores_low(result: Path) -> None:
    picks = repick(result, "--include", 9, "--to", 3)
    included = [row for row in picks if row["frame_index"] == 90]
    assert [code(row) for row in included] == ["included"]
    assert len(picks) == 3


def test_settings_are_those_of_the_first_run(result: Path, tmp_path: Path) -> None:
    options = ("--format", "png", "--markers", "otio", "--selects", "otio", "-o", "other")
    done = framepick(tmp_path, "pick", "film.mp4", "-n", 2, *options, *WEIGHTS)
    assert done.returncode == 0, done.stderr
    other = tmp_path / "other" / "film.mp4"
    done = framepick(tmp_path, "repick", "other", "-n", 3, *WEIGHTS)
    assert done.returncode == 0, done.stderr
    assert len(list(other.glob("*.png"))) == 3
    assert (other / "markers.otio").exists()
    assert (other / "selects.otio").exists()


def test_crops_are_found_of_the_picks_as_they_are_and_of_later_ones(result: Path) -> None:
    before = picks_of(result)
    picks = repick(result, "--crop", "1:1,9x16", "--crop-pictures", crop_pictures=2)
    assert frames(picks) == frames(before)
    assert all([crop["ratio"] for crop in row["crops"]] == ["1:1", "9:16"] for row in picks)
    picks = repick(result, "-n", 2, crop_pictures=2)
    assert all(len(row["crops"]) == 2 for row in picks)
    assert all(len(row["crops"]) == 1 for row in repick(result, "--crop", "1:1", crop_pictures=1))


def test_a_still_that_the_user_changed_stays(result: Path) -> None:
    changed = result / by_rank(picks_of(result), 1)["still"]
    changed.write_bytes(changed.read_bytes() + b"rated")
    mine = result / "notes.txt"
    mine.write_text("mine")
    done = call(result, "--veto", 1)
    assert done.returncode == 0, done.stderr
    assert changed.read_bytes().endswith(b"rated")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--swap", "7=1"), 1, "--swap 7: there is no such pick; it has 1 to 3"),
        (("--veto", "9"), 1, "--veto 9: there is no such pick"),
        (("--pin", "1", "--veto", "1"), 1, "a pick is pinned, swapped or vetoed; choose one"),
        (("--swap", "1=99"), 1, "99 s is not in the film, which ends at 9.9 s"),
        (("--swap", "best=1"), 2, "--swap 'best=1' names no pick; write N=TIME"),
        (("--swap", "1=soon"), 2, "--swap 'soon' is not a time"),
        (("--from", "5", "--to", "4"), 2, "--to 4 s comes before --from 5 s"),
        (("--exclude", "5"), 2, "--exclude '5' is no range"),
        (("--crop", "16:0"), 2, "such as 16:9, not '16:0'"),
        (("--crop-pictures",), 1, "film.mp4: pictures of crops need their shapes"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line_and_changes_nothing(
    result: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    before = {path.name: path.read_bytes() for path in result.iterdir()}
    done = call(result, *options)
    assert (done.returncode, done.stdout) == (code, "")
    [line] = done.stderr.splitlines()
    assert message in line
    assert {path.name: path.read_bytes() for path in result.iterdir()} == before


def test_a_folder_that_is_no_result_is_told(tmp_path: Path) -> None:
    tiny_weights(tmp_path)
    done = framepick(tmp_path, "repick", ".", *WEIGHTS)
    assert done.returncode == 1
    assert "holds no picks.json that can be read" in done.stderr


def test_a_result_of_another_version_is_told(result: Path) -> None:
    (result / "picks.json").write_text(json.dumps({**document(result), "settings": {"plan": 1}}))
    done = call(result)
    assert done.returncode == 1
    assert "is of another version" in done.stderr


def test_a_video_that_is_gone_is_told_and_one_that_moved_along_is_found(result: Path) -> None:
    folder = result.parents[1]
    (folder / "film.mp4").rename(folder / "away.mp4")
    done = call(result)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "film.mp4 is not there; put it back" in line
    (folder / "away.mp4").rename(folder / "film.mp4")
    moved = folder.with_name(folder.name + "-moved")
    folder.rename(moved)
    assert len(repick(moved / "picks" / "film.mp4", "-n", 2)) == 2


def test_picks_of_several_results_are_not_named(result: Path, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "film.mp4", tmp_path / "other.mp4")
    assert framepick(tmp_path, "pick", "other.mp4", "-n", 1, *WEIGHTS).returncode == 0
    done = framepick(tmp_path, "repick", "picks", "--veto", 1, *WEIGHTS)
    assert done.returncode == 2
    assert "name picks of one result" in done.stderr
    done = framepick(tmp_path, "repick", "picks", "-n", 2, *WEIGHTS)
    assert done.returncode == 0, done.stderr
    for name in ("film.mp4", "other.mp4"):
        assert len(picks_of(tmp_path / "picks" / name)) == 2


def test_other_weights_are_told(result: Path, tmp_path: Path) -> None:
    other = tmp_path / "weights"
    other.mkdir()
    weights = tiny_weights(other, seed=1)
    done = framepick(tmp_path, "repick", "picks/film.mp4", "--weights", weights)
    assert done.returncode == 1
    assert "was made by other weights" in done.stderr
