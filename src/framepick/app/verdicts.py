"""What a viewer decides about the frames of a film: kept, pinned, rejected, swapped, rated.

Decisions are values; each gives a new one, so that the last can be undone. Nothing here changes a
file of the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from framepick.app.film.shown import ChosenTaste, Wanted
from framepick.config import VideoConfig, config_from
from framepick.held import EarlierPick, earlier_pick
from framepick.repick import Changes, changed, run_of
from framepick.results import Judgement, Pick, VideoResult

FindTaste = Callable[[Path], ChosenTaste | None]
"""Gives the taste of a file, None where it cannot be used."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All decisions about one film."""

    wanted: Wanted = field(default_factory=Wanted)
    """The settings, with frames that are pinned, rejected or swapped in."""
    kept: frozenset[int] = frozenset()
    """`Moment.frame_index` of frames that are kept for good."""
    stars: Mapping[int, int] = field(default_factory=dict)
    """Stars, 1 to 5, by `Moment.frame_index`, where the viewer gave some."""

    @property
    def pinned(self) -> frozenset[int]:
        """`Moment.frame_index` of frames that stay whatever is set."""
        return frozenset(self.wanted.config.pick.pinned)

    @property
    def rejected(self) -> frozenset[int]:
        """`Moment.frame_index` of frames that are never picked again."""
        return frozenset(self.wanted.config.pick.vetoed)

    @property
    def judgements(self) -> dict[int, Judgement]:
        """Give what files say of the decisions, by `Moment.frame_index`."""
        rejected = self.rejected
        return {
            frame: Judgement(self.stars.get(frame), _verdict(frame in self.kept, frame in rejected))
            for frame in {*self.stars, *self.kept, *rejected}
        }

    def as_json(self) -> dict[str, Any]:
        """Give all decisions as JSON takes them."""
        return {
            "config": self.wanted.config.as_dict(),
            "picks": [one.as_row() | {"is_pinned": one.is_pinned} for one in self.wanted.kept],
            "kept": sorted(self.kept),
            "stars": [[frame, stars] for frame, stars in sorted(self.stars.items())],
            "taste": str(self.wanted.taste.path) if self.wanted.taste else None,
        }

    @classmethod
    def of_json(cls, values: Mapping[str, Any], find: FindTaste) -> Verdicts:
        """Read what `as_json` gave; its taste is what the file of it holds now, if it is there.

        Raises
        ------
        KeyError, TypeError, ValueError
            It was written by another version.
        """
        picks = tuple(
            replace(EarlierPick.of_row(row), is_pinned=bool(row["is_pinned"]))
            for row in values["picks"]
        )
        path = values.get("taste")
        taste = find(Path(path)) if path else None
        return cls(
            Wanted(_named_in(config_from(values["config"]), taste), picks, taste),
            frozenset(map(int, values["kept"])),
            {int(frame): int(stars) for frame, stars in values["stars"]},
        )


def _verdict(is_kept: bool, is_rejected: bool) -> Literal["kept", "rejected"] | None:
    return "kept" if is_kept else "rejected" if is_rejected else None


def _named_in(config: VideoConfig, taste: ChosenTaste | None) -> VideoConfig:
    """Let a configuration name a taste."""
    return replace(config, taste=taste.taste.label if taste else None)


def with_taste(verdicts: Verdicts, taste: ChosenTaste | None) -> Verdicts:
    """Score by another taste, None for the usual score; only pinned frames stay."""
    config = _named_in(verdicts.wanted.config, taste)
    before = replace(verdicts, wanted=replace(verdicts.wanted, taste=taste))
    return with_settings(before, config)


def with_settings(verdicts: Verdicts, config: VideoConfig) -> Verdicts:
    """Set something else; only pinned frames stay."""
    stay = tuple(one for one in verdicts.wanted.kept if one.is_pinned)
    return _choosing(verdicts, config, stay)


def _choosing(verdicts: Verdicts, config: VideoConfig, stay: tuple[EarlierPick, ...]) -> Verdicts:
    return replace(verdicts, wanted=replace(verdicts.wanted, config=config, kept=stay))


def pin(verdicts: Verdicts, pick: Pick) -> Verdicts:
    """Let a pick stay whatever is set."""
    config, frame_index = verdicts.wanted.config, pick.moment.frame_index
    pinned = tuple(sorted({*config.pick.pinned, frame_index}))
    others = (one for one in verdicts.wanted.kept if one.frame_index != frame_index)
    stay = (*others, replace(earlier_pick(pick), is_pinned=True))
    config = replace(config, pick=replace(config.pick, pinned=pinned))
    return _choosing(verdicts, config, stay)


def unpin(verdicts: Verdicts, frame_index: int) -> Verdicts:
    """Let a frame go with the next choice, unless it is picked again."""
    rules = verdicts.wanted.config.pick
    pinned = tuple(one for one in rules.pinned if one != frame_index)
    config = replace(verdicts.wanted.config, pick=replace(rules, pinned=pinned))
    stay = tuple(
        replace(one, is_pinned=one.is_pinned and one.frame_index != frame_index)
        for one in verdicts.wanted.kept
    )
    return replace(_choosing(verdicts, config, stay), kept=verdicts.kept - {frame_index})


def keep(verdicts: Verdicts, pick: Pick) -> Verdicts:
    """Keep a pick for good: it is pinned as well."""
    pinned = pin(verdicts, pick)
    return replace(pinned, kept=pinned.kept | {pick.moment.frame_index})


def kept_alone(verdicts: Verdicts) -> Wanted:
    """Ask for the frames that are kept, and no others; there has to be one."""
    config = verdicts.wanted.config
    rules = replace(
        config.pick, count=len(verdicts.kept), pinned=tuple(sorted(verdicts.kept)), included=()
    )
    stay = tuple(one for one in verdicts.wanted.kept if one.frame_index in verdicts.kept)
    return replace(verdicts.wanted, config=replace(config, pick=rules), kept=stay)


def reject(verdicts: Verdicts, result: VideoResult, pick: Pick) -> Verdicts:
    """Never pick this frame again, nor what is near; all other picks stay."""
    changed_one = _changed(
        unpin(verdicts, pick.moment.frame_index), result, Changes({}, {}, vetoes=(pick.rank,))
    )
    return replace(changed_one, kept=changed_one.kept - {pick.moment.frame_index})


def take_back(verdicts: Verdicts, frame_index: int) -> Verdicts:
    """Let a rejected frame be picked again."""
    rules = verdicts.wanted.config.pick
    vetoed = tuple(one for one in rules.vetoed if one != frame_index)
    config = replace(verdicts.wanted.config, pick=replace(rules, vetoed=vetoed))
    return with_settings(verdicts, config)


def swap(verdicts: Verdicts, result: VideoResult, pick: Pick, time_seconds: float) -> Verdicts:
    """Take the frame at a time in place of a pick; all other picks stay."""
    before = unpin(verdicts, pick.moment.frame_index)
    return _changed(before, result, Changes({}, {pick.rank: time_seconds}))


def add(verdicts: Verdicts, result: VideoResult, time_seconds: float) -> Verdicts:
    """Pick the frame at a time as well; all other picks stay."""
    config = result.config
    rules = replace(
        config.pick,
        count=max(config.pick.count, len(result.picks)) + 1,
        included=(*config.pick.included, time_seconds),
    )
    stay = tuple(
        replace(one, is_pinned=one.frame_index in verdicts.pinned)
        for one in run_of(result).picks
    )  # fmt: skip
    return _choosing(verdicts, replace(config, pick=rules), stay)


def rate(verdicts: Verdicts, frame_index: int, stars: int) -> Verdicts:
    """Give a frame stars, 1 to 5; 0 takes them away."""
    others = {frame: given for frame, given in verdicts.stars.items() if frame != frame_index}
    return replace(verdicts, stars=others | ({frame_index: stars} if stars else {}))


def _changed(verdicts: Verdicts, result: VideoResult, changes: Changes) -> Verdicts:
    run = replace(run_of(result), config=verdicts.wanted.config)
    config, kept = changed(run, changes)
    return _choosing(verdicts, config, kept)
