"""Which folder a source's result goes to."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from framepick.errors import OutputError
from framepick.outputs.result_folders import Claim, claims_of, result_folder, source_identity


def write_as_if_searched(claim: Claim) -> str:
    """Claim a folder and leave a result in it; give the folder's name."""
    with result_folder(claim) as folder:
        folder.mkdir(exist_ok=True)
        document = {"relative_path": claim.identity}
        (folder / "picks.json").write_text(json.dumps(document))
    return folder.name


def names_of_run(out: Path, *sources: Path) -> dict[Path, str]:
    claims = claims_of(out, sources, "")
    return {source: write_as_if_searched(claims[source]) for source in sources}


def test_a_source_has_the_folder_of_its_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        assert names_of_run(out, tmp_path / "x.mp4", tmp_path / "y.mp4") == {
            tmp_path / "x.mp4": "x.mp4",
            tmp_path / "y.mp4": "y.mp4",
        }
    assert sorted(path.name for path in out.iterdir()) == ["x.mp4", "y.mp4"]


def test_sources_of_one_name_have_the_same_folders_in_any_order(tmp_path: Path) -> None:
    sources = [tmp_path / name for name in ("a/x.mp4", "b/X.mp4", "c/x.mp4")]
    found = [
        names_of_run(tmp_path / str(at), *order) for at, order in enumerate(permutations(sources))
    ]
    assert all(names == found[0] for names in found)
    assert len(set(found[0].values())) == 3
    assert all(name.casefold().startswith("x.mp4-") for name in found[0].values())


def test_a_source_keeps_the_folder_that_it_has(tmp_path: Path) -> None:
    first, second = tmp_path / "a/x.mp4", tmp_path / "b/x.mp4"
    out = tmp_path / "out"
    assert names_of_run(out, first) == {first: "x.mp4"}
    alone = names_of_run(out, second)[second]
    assert alone.startswith("x.mp4-")
    assert names_of_run(out, second, first) == {first: "x.mp4", second: alone}


def test_folders_and_sources_may_move_together(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    names_of_run(tmp_path / "disk/out", tmp_path / "disk/x.mp4")
    moved = (tmp_path / "disk").rename(tmp_path / "elsewhere")
    source = moved / "x.mp4"
    assert names_of_run(moved / "out", source) == {source: "x.mp4"}


def test_links_to_folders_lead_to_the_same_source(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    out = tmp_path / "real/out"
    assert source_identity(tmp_path / "link/x.mp4", out) == "../x.mp4"
    assert source_identity(tmp_path / "real/x.mp4", tmp_path / "link/out") == "../x.mp4"


@pytest.mark.parametrize("kind", ["file", "notes", "picks", "link"])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, kind: str) -> None:
    taken = tmp_path / "x.mp4"
    if kind == "file":
        taken.touch()
    elif kind == "link":
        taken.symlink_to(tmp_path / "nowhere")
    else:
        taken.mkdir()
        (taken / ("notes.txt" if kind == "notes" else "picks.json")).write_text('{"picks": 3}')
    told: list[str] = []
    source = tmp_path / "films/x.mp4"
    with result_folder(Claim(tmp_path, source), told.append) as folder:
        assert folder.name.startswith("x.mp4-")
        assert told == [f"the result goes to {folder}, as x.mp4 is taken"]


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").mkdir()
    with result_folder(Claim(tmp_path, tmp_path / "films/x.mp4")) as folder:
        assert folder.name == "x.mp4"


@pytest.mark.parametrize("name", ["report.html", "Report.HTML", ".x.lock", ".x.partial"])
def test_names_that_have_a_use_are_given_to_no_source(tmp_path: Path, name: str) -> None:
    with result_folder(Claim(tmp_path, tmp_path / "films" / name)) as folder:
        assert folder.name.startswith(f"{name}-")


def test_where_both_names_are_taken_that_is_said(tmp_path: Path) -> None:
    claim = Claim(tmp_path, tmp_path / "films/x.mp4")
    for folder in (claim.plain, claim.hashed):
        folder.mkdir()
        (folder / "notes.txt").touch()
    with (
        pytest.raises(OutputError, match=r"x\.mp4-\w{8}: holds something else"),
        result_folder(claim),
    ):
        pass


def test_two_sources_of_one_name_at_the_same_time_have_two_folders(tmp_path: Path) -> None:
    with ExitStack() as both:
        claims = [Claim(tmp_path / "out", tmp_path / name / "x.mp4") for name in "ab"]
        first, second = (both.enter_context(result_folder(claim)) for claim in claims)
        assert first.name == "x.mp4"
        assert second == claims[1].hashed


def test_the_same_source_with_other_settings_is_refused_while_it_is_searched(
    tmp_path: Path,
) -> None:
    claim = Claim(tmp_path / "out", tmp_path / "x.mp4", settings="5 picks")
    with (
        result_folder(claim),
        pytest.raises(OutputError, match=r"x\.mp4: is being written .*process \d+ on ") as error,
        result_folder(replace(claim, settings="2 picks")),
    ):
        pass
    assert "\n" not in str(error.value)


def test_the_same_source_with_the_same_settings_waits_for_its_turn(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "out", tmp_path / "x.mp4", settings="5 picks")
    code = """
    import sys
    from pathlib import Path
    from framepick.outputs.result_folders import Claim, result_folder
    claim = Claim(Path(sys.argv[1]), Path(sys.argv[2]), settings="5 picks")
    with result_folder(claim, lambda note: print(note, flush=True)) as folder:
        print(folder, flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(claim.out), str(claim.source)]
    with result_folder(claim) as folder:
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline().startswith("waiting for process ")
        assert other.poll() is None
    assert other.communicate(timeout=60)[0] == f"{folder}\n"
    assert other.returncode == 0


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    claim = Claim(tmp_path / "out", tmp_path / "x.mp4")
    code = """
    import os, sys
    from pathlib import Path
    from framepick.files import whole_folder
    from framepick.outputs.result_folders import Claim, result_folder
    with result_folder(Claim(Path(sys.argv[1]), Path(sys.argv[2]))) as folder:
        with whole_folder(folder, "picks.json") as new:
            (new / "still.jpg").touch()
            os.kill(os.getpid(), 9)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(claim.out), str(claim.source)]
    assert subprocess.run(command, check=False).returncode == -9
    assert len(list(claim.out.iterdir())) == 2
    with result_folder(claim) as folder:
        assert folder.name == "x.mp4"
        assert [path.name for path in claim.out.iterdir()] == [".x.mp4.lock"]
    assert not claim.out.exists() or not list(claim.out.iterdir())


def test_results_inside_a_file_are_one_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with (
        pytest.raises(OutputError, match=r"out: cannot be written \("),
        result_folder(Claim(tmp_path / "out", tmp_path / "x.mp4")),
    ):
        pass
