"""The facts of a still that travel in its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

import framepick
from framepick.outputs.sentences import sentence
from framepick.outputs.stills.origin import Place, captured_at, place_of
from framepick.outputs.text import shown
from framepick.results import Candidate, Pick, VideoResult
from framepick.timecode import Timecodes
from framepick.types import Moment

_STARS = ((50.0, 5), (20.0, 4), (5.0, 3), (1.0, 2))


@dataclass(frozen=True, slots=True)
class StillNotes:
    """What is known of one pick, for EXIF, XMP and sidecars."""

    source: str
    """File name of the video, as one line of text."""
    rank: int
    moment: Moment
    timecode: str
    """As an editor shows it: 01:00:12:10, drop-frame 01:00:12;10."""
    timecode_rate: Fraction
    """Frames per second that the time code counts at."""
    timecode_is_nominal: bool
    """The video has a variable rate, and the time code is the nearest of an even one."""
    score: float
    percentile: float
    percentile_in_video: float
    """Both 0 to 100."""
    reference: str
    """What `percentile` refers to."""
    rating: int
    """Stars, 1 to 5, by `stars_of`."""
    reasons: tuple[str, ...]
    """Why this frame, as sentences."""
    software: str
    captured_at: datetime | None
    """When the frame was recorded; without a time zone where the video names none."""
    place: Place | None

    @property
    def description(self) -> str:
        """The facts as one line for people."""
        seconds, frame = self.moment.time_seconds, self.moment.frame_index
        what = f"Frame {frame} of {self.source} at {self.timecode} ({seconds:.3f} s)"
        why = "".join(f"; {reason}" for reason in self.reasons)
        return f"{what}, rank {self.rank}, score {self.score:.3f}{why}"


def notes_of(result: VideoResult, pick: Pick, clock: Timecodes) -> StillNotes:
    """The facts of `pick` that its still carries."""
    seconds = pick.moment.time_seconds
    return StillNotes(
        # only the name: a still that is given away does not tell of its owner's folders
        source=shown(result.source.name),
        rank=pick.rank,
        moment=pick.moment,
        timecode=clock.text_at(seconds),
        timecode_rate=clock.rate,
        timecode_is_nominal=clock.is_nominal,
        score=pick.score,
        percentile=pick.percentile,
        percentile_in_video=pick.percentile_in_video,
        reference=result.reference,
        rating=stars_of(result, pick),
        reasons=tuple(sentence(reason) for reason in pick.reasons),
        software=f"framepick {framepick.__version__}",
        captured_at=captured_at(result.info.recorded_at, seconds),
        place=place_of(result.info.location),
    )


def stars_of(result: VideoResult, one: Pick | Candidate) -> int:
    """Stars, 1 to 5, of a frame: those that the user gave it, else those of its percentile."""
    judged = result.judgements.get(one.moment.frame_index)
    return (judged and judged.stars) or rating_of(one.percentile)


def rating_of(percentile: float) -> int:
    """Stars, 1 to 5, for a percentile (0 to 100) of the reference photographs.

    Five stars are better than half of the reference, four better than a fifth, three better than a
    twentieth, two better than a hundredth. The steps are uneven because photographs that people
    chose to publish are hard to match: half of all picks from everyday clips lie under 5. Stars
    mean the same in every video, so a dull one may have no frame of five.
    """
    return next((stars for least, stars in _STARS if percentile >= least), 1)
