"""Reasons in the words of a film editor; this is the only place where sentences are made of them.

Sentences begin in lower case and end without a full stop, so that they can be put together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from framepick.outputs.text import counted, shown
from framepick.reasons import Reason, ReasonCode
from framepick.results import VideoResult

NO_PICKS = "no frame of this video was picked"
_ADDED = "added to reach the count; "
_AT_FULL_SIZE = "not compared with its neighbours at full size; "
_ALLOW_VETOED = "turn refining off (--no-refine) to allow them"

NEEDS_DOLBY_VISION = (
    "coded for Dolby Vision displays only, so its colours are wrong; convert it to HDR10 or SDR"
)
"""Said of a video without a base layer that other displays can show."""


def sentence(reason: Reason) -> str:
    """One reason as one line of text."""
    return _SENTENCES[reason.code](**reason.values)


def described(reason: Reason) -> dict[str, Any]:
    """A reason as it stands in picks.json: its code, its values and its text."""
    values = {name: _rounded(value) for name, value in reason.values.items()}
    return {"code": reason.code.value, **values, "text": sentence(reason)}


def notes_on(result: VideoResult) -> list[str]:
    """What else there is to know of a result: damage, and why picks are missing."""
    notes = []
    if result.info.needs_dolby_vision:
        notes.append(NEEDS_DOLBY_VISION)
    if result.error_count:
        errors = counted(result.error_count, "decoding error")
        notes.append(f"damaged file, {errors}; picks are from what could be decoded")
    if result.shortfall:
        notes.append(sentence(result.shortfall))
    return notes


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def _from(what: str) -> Callable[..., str]:
    """How far before or after a peak a frame is."""

    def text(offset_seconds: float) -> str:
        side = "after" if offset_seconds > 0 else "before"
        return f"{_apart(offset_seconds)} {side} {what}" if offset_seconds else what

    return text


def _apart(seconds: float) -> str:
    return f"{abs(seconds):.2f} s" if abs(seconds) >= 0.005 else "just"


def _peak_vetoed(veto: str, offset_seconds: float) -> str:
    side = "earlier" if offset_seconds > 0 else "later"
    fault = sentence(Reason(ReasonCode(veto)))
    return f"taken instead of the frame {_apart(offset_seconds)} {side}, which is {fault}"


def _main_face(eyes: str, mouth: str) -> str:
    return f"eyes {eyes}" + {"smiling": ", smiling", "open": ", mouth open"}.get(mouth, "")


def _other_face(fault: str) -> Callable[..., str]:
    """What is worse about the face in the frame that would else have come first."""

    def text(offset_seconds: float) -> str:
        side = "earlier" if offset_seconds > 0 else "later"
        return f"{fault} in the frame {_apart(offset_seconds)} {side}"

    return text


def _among_sharpest(frame_count: int) -> str:
    if frame_count == 2:
        return "as sharp as the other frame that scores as high"
    return f"among the sharpest of {frame_count:,} frames that score as high"


def _lower_score(difference: float) -> str:
    return f"scores {difference:.3f} lower" if difference >= 0.0005 else "scores slightly lower"


def _less_sharp(share: float) -> str:
    return f"{share:.0%} less sharp".replace("%", " %") if share >= 0.005 else "slightly less sharp"


def _exposed_unlike(stops: float) -> str:
    side = "brighter" if stops > 0 else "darker"
    return f"{abs(stops):.1f} stops {side} than similar photos"


def _face_better(fault: str, photo: str) -> str:
    return f"{sentence(Reason(ReasonCode(fault)))} in {shown(photo)}"


def _taste(name: str, points: float) -> str:
    if abs(points) < 0.005:
        return f"as high by the taste {shown(name)}"
    side = "higher" if points > 0 else "lower"
    return f"{abs(points):.2f} points {side} by the taste {shown(name)}"


def _missing(why: Callable[..., str]) -> Callable[..., str]:
    """How many picks there are, and `why` there are no more."""

    def text(picked: int, requested: int, **values: int) -> str:
        return f"{picked:,} of {counted(requested, 'pick')}: {why(picked, **values)}"

    return text


def _other(picked: int) -> str:
    return "other " if picked else ""


def _always(text: str) -> Callable[..., str]:
    return lambda: text


_SENTENCES: Mapping[ReasonCode, Callable[..., str]] = {
    ReasonCode.TASTE: _taste,
    ReasonCode.HIGHEST_OF_VIDEO: _from("the highest score of the video"),
    ReasonCode.HIGHEST_OF_SHOT: _from("the highest score of its shot"),
    ReasonCode.PEAK_OF_SHOT: _from("a high point of its shot"),
    ReasonCode.HIGH_IN_SHOT: _from("a high score of its shot, apart from other picks"),
    ReasonCode.INCLUDED: _always("included, as asked"),
    ReasonCode.BEST_OF_WINDOW: _always("the best of its time window"),
    ReasonCode.PEAK_OF_RECENT: _always("stands out from the moments before"),
    ReasonCode.PRESSED: _always("shown when the key was pressed"),
    ReasonCode.BETTER_NEIGHBOUR: _always("scores higher than the frame at the key press"),
    ReasonCode.BEST_OF_SESSION: _always("among the best of the session"),
    ReasonCode.BEST_VIEW: _always("the best view of the sweep"),
    ReasonCode.OTHER_VIEW: _always("another good view of the sweep"),
    ReasonCode.INCLUDED_VETOED: lambda veto: (
        f"included, as asked, although it is {sentence(Reason(ReasonCode(veto)))}"
    ),
    ReasonCode.PINNED: _always("pinned"),
    ReasonCode.FILLER: _always(f"{_ADDED}the best of the remaining frames"),
    ReasonCode.FILLER_DUPLICATE: lambda of_rank: f"{_ADDED}similar to pick {of_rank}",
    ReasonCode.FILLER_CLOSE: lambda of_rank, distance_seconds, min_gap_seconds: (
        f"{_ADDED}within {min_gap_seconds:g} s of pick {of_rank}"
    ),
    ReasonCode.SHARPEST: lambda frame_count: (
        f"sharpest of {frame_count:,} frames that score as high"
    ),
    ReasonCode.AMONG_SHARPEST: _among_sharpest,
    ReasonCode.HIGHEST_NEARBY: _always("no other frame nearby scores as high"),
    ReasonCode.HIGHEST_FREE: _always("highest score nearby at this distance from other picks"),
    ReasonCode.ONLY_FRAME_NEARBY: _always("no other frame nearby to compare it with"),
    ReasonCode.PEAK_VETOED: _peak_vetoed,
    ReasonCode.MAIN_FACE: _main_face,
    ReasonCode.EYES_OPEN: _other_face("eyes shut"),
    ReasonCode.FACE_WHOLE: _other_face("face cut off by the border"),
    ReasonCode.FACE_LIT: _other_face("face too dark or too bright"),
    ReasonCode.FACE_SHARPER: _other_face("face less sharp"),
    ReasonCode.FACE_TO_CAMERA: _other_face("face turned away"),
    ReasonCode.NOT_MID_WORD: _other_face("mid-word"),
    ReasonCode.SMILING: _other_face("no smile"),
    ReasonCode.FACE_SHOWN: _other_face("no face to be seen"),
    ReasonCode.FACE_LARGER: _other_face("face smaller"),
    ReasonCode.NOT_REFINED_NO_TIME: _always(f"{_AT_FULL_SIZE}time was up"),
    ReasonCode.NOT_REFINED_NOT_FOUND: _always(f"{_AT_FULL_SIZE}these could not be decoded again"),
    ReasonCode.BEST_OF_SIMILAR: lambda photo_count: f"best of {photo_count:,} similar photos",
    ReasonCode.SHARPEST_OF_SIMILAR: lambda photo_count: (
        f"sharpest of {photo_count:,} similar photos that are as good"
    ),
    ReasonCode.AMONG_SHARPEST_OF_SIMILAR: lambda photo_count: (
        f"among the sharpest of {photo_count:,} similar photos that are as good"
    ),
    ReasonCode.FACE_BETTER: _face_better,
    ReasonCode.EXPOSED_UNLIKE: _exposed_unlike,
    ReasonCode.FRAMED_UNLIKE: _always("framed unlike the others"),
    ReasonCode.WEAKER_MOMENT: _always("a weaker moment"),
    ReasonCode.LOWER_SCORE: _lower_score,
    ReasonCode.LESS_SHARP: _less_sharp,
    ReasonCode.LOWER_RAW_SCORE: _always("as sharp, but slightly lower before smoothing"),
    ReasonCode.LATER: _always("equally good, but later"),
    ReasonCode.EYES_SHUT: _always("eyes shut"),
    ReasonCode.FACE_CUT: _always("face cut off by the border"),
    ReasonCode.FACE_BADLY_LIT: _always("face too dark or too bright"),
    ReasonCode.FACE_LESS_SHARP: _always("face less sharp"),
    ReasonCode.FACE_TURNED_AWAY: _always("face turned away"),
    ReasonCode.MID_WORD: _always("mid-word"),
    ReasonCode.NOT_SMILING: _always("no smile"),
    ReasonCode.NO_FACE: _always("no face to be seen"),
    ReasonCode.FACE_SMALLER: _always("face smaller"),
    ReasonCode.EXCLUDED: _always("left out, as asked"),
    ReasonCode.DAMAGED: _always("damaged"),
    ReasonCode.BLACK: _always("black"),
    ReasonCode.WHITE: _always("white"),
    ReasonCode.FLAT: _always("of one even colour"),
    ReasonCode.TITLE: _always("a title or test pattern"),
    ReasonCode.MOTION_BLUR: _always("blurred by motion"),
    ReasonCode.OUT_OF_FOCUS: _always("out of focus"),
    ReasonCode.FADE: _always("mid-fade"),
    ReasonCode.DISSOLVE: _always("mid-dissolve"),
    ReasonCode.FLASH: _always("lit by a flash"),
    ReasonCode.COMBING: _always("combed by interlacing"),
    ReasonCode.SOFT: _always("much softer than the other picks"),
    ReasonCode.NO_OTHER_FRAMES: _missing(lambda picked: f"the video has no {_other(picked)}frames"),
    ReasonCode.LIMIT_REACHED: _missing(
        lambda picked: "every other frame is of a shot or scene that has as many as it may have"
    ),
    ReasonCode.ALL_HARD_VETOED: _missing(
        lambda picked: (
            f"all {_other(picked)}frames are black, white, of one even colour, damaged, titles or "
            "left out as asked; --keep-titles allows titles"
        )
    ),
    ReasonCode.ALL_VETOED: _missing(
        lambda picked: (
            f"all {_other(picked)}frames are vetoed, some of them at full size as "
            f"blurred, mid-fade, lit by a flash or combed; {_ALLOW_VETOED}"
        )
    ),
    ReasonCode.BEST_VETOED: _missing(
        lambda picked, tried: (
            f"at full size, the {tried} best {_other(picked)}moments are blurred, "
            f"mid-fade, lit by a flash or combed; {_ALLOW_VETOED}"
        )
    ),
    ReasonCode.TIME_UP: _missing(
        lambda picked, explored, frame_count: (
            f"time was up after {explored:,} of "
            f"{counted(frame_count, 'frame')}; give a longer --budget, or none"
        )
    ),
    ReasonCode.PARTLY_EXPLORED: _missing(
        lambda picked, explored, frame_count: (
            f"{explored:,} of {counted(frame_count, 'frame')} "
            f"were explored, and no {_other(picked)}one can be picked; --plan exact explores all"
        )
    ),
}
