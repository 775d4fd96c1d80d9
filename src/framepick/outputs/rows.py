"""The picks as they stand in picks.json and on standard output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from framepick.config import OutputConfig
from framepick.files import printable
from framepick.outputs.earlier import EarlierResult
from framepick.outputs.sentences import described
from framepick.outputs.stills.naming import still_names
from framepick.outputs.stills.notes import stars_of
from framepick.results import Crop, Judgement, Pick, VideoResult
from framepick.timecode import Timecodes, timecodes


def rows_to_write(result: VideoResult, folder: Path) -> list[dict[str, Any]]:
    """Describe the picks of a result that will be written to `folder`, one row each."""
    clock = timecodes(result.info, result.frame_times_seconds)
    return described_picks(
        result, names_in(EarlierResult.read(folder), result, result.config.output, clock), clock
    )


def names_in(
    earlier: EarlierResult, result: VideoResult, rules: OutputConfig, clock: Timecodes
) -> dict[int, str]:
    """Give the names of stills by rank, beside what an earlier result has in the folder."""
    rated = earlier.rated(len(result.frame_times_seconds))
    return still_names(result, rules, clock, rated, earlier.taken)


def described_picks(
    result: VideoResult, names: Mapping[int, str], clock: Timecodes
) -> list[dict[str, Any]]:
    """Describe all picks; `names` are those of their stills, by rank."""
    return [
        _described(pick, result, names[pick.rank], clock)
        | _described_verdict(result.judgements.get(pick.moment.frame_index))
        | _described_crops(result.crops.get(pick.moment, ()))
        for pick in result.picks
    ]


def _described(pick: Pick, result: VideoResult, still: str, clock: Timecodes) -> dict[str, Any]:
    moment = pick.moment
    return {
        "source": printable(result.source),
        "rank": pick.rank,
        "pts": moment.pts,
        "time_base": f"{moment.time_base.numerator}/{moment.time_base.denominator}",
        "pts_seconds": moment.pts_seconds,
        "time_seconds": moment.time_seconds,
        "timecode": clock.text_at(moment.time_seconds),
        "timecode_rate": f"{clock.rate.numerator}/{clock.rate.denominator}",
        "timecode_is_nominal": clock.is_nominal,
        "frame_index": moment.frame_index,
        "score": round(pick.score, 6),
        "percentile": round(pick.percentile, 2),
        "percentile_in_video": round(pick.percentile_in_video, 2),
        "rating": stars_of(result, pick),
        "reasons": [described(reason) for reason in pick.reasons],
        "peak_seconds": pick.peak_seconds,
        "runner_up": _describe_runner_up(pick, clock),
        "still": printable(still),
    }


def _described_verdict(judged: Judgement | None) -> dict[str, Any]:
    """Name what the user decided about a pick; nothing where that is nothing."""
    return {"verdict": judged.verdict} if judged and judged.verdict else {}


def _described_crops(crops: Sequence[Crop]) -> dict[str, Any]:
    """Describe the crops of a still, in shares of its width and height; nothing without any."""
    shares = ("left", "top", "width", "height")
    rows = [
        {
            "ratio": crop.ratio,
            **{name: round(getattr(crop, name), 5) for name in shares},
            "gain": None if crop.gain is None else round(crop.gain, 4),
            "keeps_faces": crop.keeps_faces,
        }
        for crop in crops
    ]
    return {"crops": rows} if rows else {}


def _describe_runner_up(pick: Pick, clock: Timecodes) -> dict[str, Any] | None:
    if pick.runner_up is None:
        return None
    moment = pick.runner_up.moment
    return {
        "time_seconds": moment.time_seconds,
        "timecode": clock.text_at(moment.time_seconds),
        "frame_index": moment.frame_index,
        "score": round(pick.runner_up.score, 6),
        "reason": described(pick.runner_up.reason),
    }
