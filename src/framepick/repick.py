"""Another choice from a film that was searched before: what stays, what goes, what is new."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from framepick.config import OutputConfig, PickConfig, VideoConfig, config_from
from framepick.errors import UsageError
from framepick.film_time import FilmTime
from framepick.held import EarlierPick, earlier_pick
from framepick.outputs.result_folders import PICKS_NAME, read_document
from framepick.results import VideoResult
from framepick.urls import full_name


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """What picks.json says of a run."""

    folder: Path
    video: Path
    encoder_id: str
    config: VideoConfig
    picks: tuple[EarlierPick, ...]

    def pick(self, rank: int, option: str) -> EarlierPick:
        """Give the pick of a rank, which `option` names.

        Raises
        ------
        UsageError
            There is none.
        """
        for one in self.picks:
            if one.rank == rank:
                return one
        ranks = f"1 to {len(self.picks)}" if self.picks else "none"
        raise UsageError(f"{self.folder}: {option} {rank}: there is no such pick; it has {ranks}")


def run_of(result: VideoResult) -> EarlierRun:
    """Give a result that was not written as a run whose choice can be changed."""
    picks = tuple(map(earlier_pick, result.picks))
    source = Path(full_name(result.source))
    return EarlierRun(source, source, result.encoder_id, result.config, picks)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different."""

    choice: Mapping[str, Any]
    """Fields of `PickConfig` that have new values; what is excluded or included comes on top."""
    swaps: Mapping[int, FilmTime]
    """Times of the frames that take the place of picks, by their rank."""
    pins: tuple[int, ...] = ()
    """Ranks of picks that stay, now and later."""
    vetoes: tuple[int, ...] = ()
    """Ranks of picks that go, with what is near."""
    output: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `OutputConfig` that have new values."""


def read_run(folder: Path) -> EarlierRun:
    """Read what a run left in its result folder.

    Raises
    ------
    UsageError
        It holds no result, one of another version, or one of a video that is not there any more.
    """
    document = read_document(folder / PICKS_NAME)
    if not document:
        raise UsageError(f"{folder}: holds no {PICKS_NAME} that can be read; name a result folder")
    try:
        config = config_from(document["settings"])
        picks = tuple(map(EarlierPick.of_row, document["picks"]))
        path, source = Path(document["path"]), Path(document["source"])
        encoder_id = str(document["encoder"])
        other = Path(os.path.normpath(folder.parent / document["relative_path"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{folder}: its {PICKS_NAME} is of another version ({error}); run framepick pick again"
        ) from None
    return EarlierRun(folder, _video(folder, path, source, other), encoder_id, config, picks)


def changed(run: EarlierRun, changes: Changes) -> tuple[VideoConfig, tuple[EarlierPick, ...]]:
    """Give the configuration of another choice, and the picks that stay.

    Where picks are swapped or vetoed and nothing else changes, all others stay; else only those
    that are pinned.

    Raises
    ------
    UsageError
        There is no pick of a rank that `changes` name, one is to stay and to go, or the new output
        fits badly with the old.
    """
    vetoed = {run.pick(rank, "--veto").frame_index for rank in changes.vetoes}
    swapped = {run.pick(rank, "--swap").frame_index for rank in changes.swaps}
    pinned = {run.pick(rank, "--pin").frame_index for rank in changes.pins}
    if pinned & (vetoed | swapped) or vetoed & swapped:
        raise UsageError(f"{run.folder}: a pick is pinned, swapped or vetoed; choose one")
    rules = run.config.pick
    gone = vetoed | swapped
    stays = {*rules.pinned, *pinned} - gone
    only_these = bool(gone) and not changes.choice
    kept = tuple(
        replace(one, is_pinned=one.frame_index in stays)
        for one in run.picks
        if one.frame_index not in gone and (only_these or one.frame_index in stays)
    )
    rules = _rules(run, changes, gone)
    rules = replace(
        rules, pinned=tuple(sorted(stays)), vetoed=tuple(sorted({*rules.vetoed, *vetoed}))
    )
    # the time for the search is not that of the choice
    return replace(run.config, pick=rules, output=_output(run, changes), budget_seconds=None), kept


def _output(run: EarlierRun, changes: Changes) -> OutputConfig:
    try:
        return replace(run.config.output, **changes.output)
    except ValueError as error:
        raise UsageError(f"{run.folder}: {error}") from None


def _rules(run: EarlierRun, changes: Changes, gone: set[int]) -> PickConfig:
    """Give the rules with new values, without included frames that are `gone`."""
    rules, new = run.config.pick, dict(changes.choice)
    times = {one.time_seconds for one in run.picks if one.is_included and one.frame_index in gone}
    stays = tuple(time for time in rules.included if time not in times)
    new["included"] = (*stays, *new.get("included", ()), *changes.swaps.values())
    new["excluded"] = (*rules.excluded, *new.get("excluded", ()))
    return replace(rules, **new)


def expanded(folders: Sequence[Path]) -> list[Path]:
    """Give the result folders that `folders` are or hold."""
    found: list[Path] = []
    for folder in folders:
        inner = sorted(folder.glob(f"*/{PICKS_NAME}")) if folder.is_dir() else []
        is_result = (folder / PICKS_NAME).exists() or not inner
        found += [folder] if is_result else [one.parent for one in inner]
    return list(dict.fromkeys(found))


def _video(folder: Path, path: Path, source: Path, other: Path) -> Path:
    """Give where the video lies, as it was named if that still leads to it."""
    if os.path.abspath(source) == str(path) and source.exists():
        return source
    for place in (path, other):
        if place.exists():
            return place
    raise UsageError(f"{folder}: its video {path} is not there; put it back, or pick from it again")
