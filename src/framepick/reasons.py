"""Reasons as data: why a frame was picked or vetoed, why it came second, why picks are missing.

A reason is a code with values. Sentences are made of it where people read it, by
`framepick.outputs.sentences`; nothing else depends on their wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = float | int | str


class ReasonCode(StrEnum):
    """Codes of reasons. `VALUE_NAMES` lists the values that come with each."""

    # Why a frame was picked.
    HIGHEST_OF_VIDEO = "highest_of_video"
    """The peak has the highest score of the video."""
    HIGHEST_OF_SHOT = "highest_of_shot"
    """The peak has the highest score of its shot."""
    PEAK_OF_SHOT = "peak_of_shot"
    """The peak is a local one of the score within its shot."""
    HIGH_IN_SHOT = "high_in_shot"
    """It scores high in its shot and keeps apart from other picks, but is no peak."""
    INCLUDED = "included"
    """The user wants this frame, whatever its score."""
    INCLUDED_VETOED = "included_vetoed"
    """The user wants this frame, although it has the veto `veto`."""
    PINNED = "pinned"
    """The user wants this pick of an earlier choice to stay."""
    FILLER = "filler"
    """The best frame left was added to reach the count."""
    FILLER_DUPLICATE = "filler_duplicate"
    """A near-duplicate of the pick of rank `of_rank` was added to reach the count."""
    FILLER_CLOSE = "filler_close"
    """A frame close to the pick of rank `of_rank` was added to reach the count."""
    BEST_OF_WINDOW = "best_of_window"
    """The best moment of its stretch of a live session."""
    PEAK_OF_RECENT = "peak_of_recent"
    """It stands out from the recent past of a live session."""
    PRESSED = "pressed"
    """It was shown when the user pressed the key."""
    BETTER_NEIGHBOUR = "better_neighbour"
    """It scores higher than the frame that was shown when the user pressed the key."""
    BEST_OF_SESSION = "best_of_session"
    """One of the best moments of a live session, while it was saved."""
    BEST_VIEW = "best_view"
    """The best view of a sweep."""
    OTHER_VIEW = "other_view"
    """An alternate to the best view of a sweep."""

    # How it compares with the frames around its peak at full size.
    SHARPEST = "sharpest"
    """It is the sharpest of `frame_count` frames that score as high."""
    AMONG_SHARPEST = "among_sharpest"
    """It is as good as the sharpest of `frame_count` frames that score as high."""
    HIGHEST_NEARBY = "highest_nearby"
    """No other frame nearby scores as high."""
    HIGHEST_FREE = "highest_free"
    """No other frame nearby that keeps the spacing to other picks scores as high."""
    ONLY_FRAME_NEARBY = "only_frame_nearby"
    """No other frame nearby could be compared."""
    PEAK_VETOED = "peak_vetoed"
    """The frame at the peak has the veto `veto`, so another one was taken."""
    MAIN_FACE = "main_face"
    """The eyes of its main face are `eyes` ("open" or "shut"), and its mouth is `mouth` ("smiling",
    "open" or "calm")."""
    EYES_OPEN = "eyes_open"
    """Eyes of the main face are open; they are shut in the frame that would else have come first,
    `offset_seconds` before."""
    FACE_WHOLE = "face_whole"
    """The main face lies within the picture; the border cuts it off in the frame that would else
    have come first, `offset_seconds` before."""
    FACE_LIT = "face_lit"
    """The main face is well lit, and too dark or too bright in the frame that would else have
    come first, `offset_seconds` before."""
    FACE_SHARPER = "face_sharper"
    """The main face is clearly sharper than in the frame that would else have come first,
    `offset_seconds` before."""
    FACE_TO_CAMERA = "face_to_camera"
    """The main face is turned to the camera, and away from it in the frame that would else have
    come first, `offset_seconds` before."""
    NOT_MID_WORD = "not_mid_word"
    """The main face is not mid-word, and is in the frame that would else have come first,
    `offset_seconds` before."""
    SMILING = "smiling"
    """The main face smiles, and does not in the frame that would else have come first,
    `offset_seconds` before."""
    FACE_SHOWN = "face_shown"
    """A face with open eyes is in the picture, and none in the frame that would else have come
    first, `offset_seconds` before; only where people are preferred."""
    FACE_LARGER = "face_larger"
    """The main face is larger than in the frame that would else have come first, `offset_seconds`
    before; only where people are preferred."""
    NOT_REFINED_NO_TIME = "not_refined_no_time"
    """Time was up before frames around the peak could be compared."""
    NOT_REFINED_NOT_FOUND = "not_refined_not_found"
    """Frames around the peak could not be decoded again."""

    TASTE = "taste"
    """The taste `name` moved its score by so many `points`."""

    # Why a runner-up comes second.
    LOWER_SCORE = "lower_score"
    """Its smoothed score is lower by `difference`."""
    LESS_SHARP = "less_sharp"
    """It has `share` (0 to 1) less fine structure than the pick."""
    LOWER_RAW_SCORE = "lower_raw_score"
    """It is as sharp, but the scores before smoothing are lower there."""
    LATER = "later"
    """It is equally good and comes later."""
    EYES_SHUT = "eyes_shut"
    """The eyes of its main face are shut, and open in the pick."""
    FACE_CUT = "face_cut"
    """The border cuts its main face off, and not that of the pick."""
    FACE_BADLY_LIT = "face_badly_lit"
    """Its main face is too dark or too bright, and well lit in the pick."""
    FACE_LESS_SHARP = "face_less_sharp"
    """Its main face is clearly less sharp than that of the pick."""
    FACE_TURNED_AWAY = "face_turned_away"
    """Its main face is turned away from the camera, and not in the pick."""
    MID_WORD = "mid_word"
    """Its main face is mid-word, with an open mouth, and not in the pick."""
    NOT_SMILING = "not_smiling"
    """Its main face does not smile, and does in the pick."""
    NO_FACE = "no_face"
    """It shows no face that could be judged, and the pick one with open eyes."""
    FACE_SMALLER = "face_smaller"
    """Its main face is smaller than that of the pick."""

    # How the best of several similar photos compares with the others.
    BEST_OF_SIMILAR = "best_of_similar"
    """It is the best of `photo_count` similar photos in looks, moment, exposure and framing."""
    SHARPEST_OF_SIMILAR = "sharpest_of_similar"
    """It is the sharpest of `photo_count` similar photos that are as good."""
    AMONG_SHARPEST_OF_SIMILAR = "among_sharpest_of_similar"
    """It is as good as the sharpest of `photo_count` similar photos."""
    FACE_BETTER = "face_better"
    """Its main face looks better than in the photo `photo`, which would else have come first;
    `fault` is the code of what is worse there."""

    # Why a photo comes after the best of similar ones; runners-up have some of these reasons, too.
    EXPOSED_UNLIKE = "exposed_unlike"
    """It is brighter by so many `stops` than similar photos are, or darker where that is below
    0."""
    FRAMED_UNLIKE = "framed_unlike"
    """It shows something else, or another part of it, than similar photos do."""
    WEAKER_MOMENT = "weaker_moment"
    """Its moment is weaker than that of the best."""

    # Why a frame is vetoed: hard vetoes, by the user or measured in its view.
    EXCLUDED = "excluded"
    """The user wants no pick from here: outside of the ranges, excluded, or vetoed."""
    DAMAGED = "damaged"
    BLACK = "black"
    WHITE = "white"
    FLAT = "flat"
    """It has one uniform colour."""
    TITLE = "title"
    """It shows text, a logo or a test pattern and no picture."""

    # Why a frame is vetoed: relative vetoes, measured at full size against its neighbours.
    MOTION_BLUR = "motion_blur"
    OUT_OF_FOCUS = "out_of_focus"
    FADE = "fade"
    DISSOLVE = "dissolve"
    FLASH = "flash"
    COMBING = "combing"
    """Its two fields show different instants."""
    SOFT = "soft"
    """It is far softer than the picks of the same video."""

    # Why there are fewer picks than requested.
    NO_OTHER_FRAMES = "no_other_frames"
    """Every frame of the video is picked."""
    LIMIT_REACHED = "limit_reached"
    """Every other frame is of a shot or scene that has as many picks as it may have."""
    ALL_HARD_VETOED = "all_hard_vetoed"
    """All other frames have hard vetoes."""
    ALL_VETOED = "all_vetoed"
    """All other frames have hard or relative vetoes."""
    BEST_VETOED = "best_vetoed"
    """No frame near the `tried` best other peaks is without a veto."""
    TIME_UP = "time_up"
    """The time of the budget was up after `explored` of `frame_count` frames."""
    PARTLY_EXPLORED = "partly_explored"
    """The plan explored `explored` of `frame_count` frames, and no other of these can be picked."""


_SHORTFALL = ("picked", "requested")
_EXPLORED = ("explored", "frame_count")

VALUE_NAMES: Mapping[ReasonCode, tuple[str, ...]] = {
    ReasonCode.HIGHEST_OF_VIDEO: ("offset_seconds",),
    ReasonCode.HIGHEST_OF_SHOT: ("offset_seconds",),
    ReasonCode.PEAK_OF_SHOT: ("offset_seconds",),
    ReasonCode.HIGH_IN_SHOT: ("offset_seconds",),
    ReasonCode.INCLUDED_VETOED: ("veto",),
    ReasonCode.FILLER_DUPLICATE: ("of_rank",),
    ReasonCode.FILLER_CLOSE: ("of_rank", "distance_seconds", "min_gap_seconds"),
    ReasonCode.SHARPEST: ("frame_count",),
    ReasonCode.AMONG_SHARPEST: ("frame_count",),
    ReasonCode.PEAK_VETOED: ("veto", "offset_seconds"),
    ReasonCode.MAIN_FACE: ("eyes", "mouth"),
    ReasonCode.EYES_OPEN: ("offset_seconds",),
    ReasonCode.FACE_WHOLE: ("offset_seconds",),
    ReasonCode.FACE_LIT: ("offset_seconds",),
    ReasonCode.FACE_SHARPER: ("offset_seconds",),
    ReasonCode.FACE_TO_CAMERA: ("offset_seconds",),
    ReasonCode.NOT_MID_WORD: ("offset_seconds",),
    ReasonCode.SMILING: ("offset_seconds",),
    ReasonCode.FACE_SHOWN: ("offset_seconds",),
    ReasonCode.FACE_LARGER: ("offset_seconds",),
    ReasonCode.TASTE: ("name", "points"),
    ReasonCode.BEST_OF_SIMILAR: ("photo_count",),
    ReasonCode.SHARPEST_OF_SIMILAR: ("photo_count",),
    ReasonCode.AMONG_SHARPEST_OF_SIMILAR: ("photo_count",),
    ReasonCode.FACE_BETTER: ("fault", "photo"),
    ReasonCode.EXPOSED_UNLIKE: ("stops",),
    ReasonCode.LOWER_SCORE: ("difference",),
    ReasonCode.LESS_SHARP: ("share",),
    ReasonCode.NO_OTHER_FRAMES: _SHORTFALL,
    ReasonCode.LIMIT_REACHED: _SHORTFALL,
    ReasonCode.ALL_HARD_VETOED: _SHORTFALL,
    ReasonCode.ALL_VETOED: _SHORTFALL,
    ReasonCode.BEST_VETOED: (*_SHORTFALL, "tried"),
    ReasonCode.TIME_UP: (*_SHORTFALL, *_EXPLORED),
    ReasonCode.PARTLY_EXPLORED: (*_SHORTFALL, *_EXPLORED),
}
"""Names of the values of each code that has some. `offset_seconds` runs from the peak, or from the
frame that is passed over for its face, to the frame that is kept; it is negative where that comes
first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as data: a code and its values.

    Raises
    ------
    ValueError
        The values are not those that `VALUE_NAMES` has for the code.
    """

    code: ReasonCode
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        expected = VALUE_NAMES.get(self.code, ())
        if set(self.values) != set(expected):
            raise ValueError(f"{self.code} has the values {expected}, not {tuple(self.values)}")
