"""The result of one video: its picks, the data they come from, and how the run went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from framepick.config import VideoConfig
from framepick.reasons import Reason
from framepick.shape_repr import ShapeRepr
from framepick.types import Floats, Moment, Samples, ScoreCurve, Timeline, Vectors, VideoInfo
from framepick.urls import MediaFile


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The second best frame near a pick."""

    moment: Moment
    row: int
    """Its row in `Samples` and `ScoreCurve`."""
    score: float
    """Smoothed score."""
    reason: Reason
    """Why it comes second."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One chosen frame."""

    moment: Moment
    row: int
    """Its row in `Samples` and `ScoreCurve`."""
    rank: int
    """1 is the best."""
    score: float
    """Smoothed score."""
    percentile: float
    """Percentile of `score` among the reference photographs, 0 to 100."""
    percentile_in_video: float
    """Percentile of `score` among all frames of this video, 0 to 100; an explored frame also counts
    for its unexplored neighbours."""
    reasons: tuple[Reason, ...]
    """Why this frame."""
    peak_seconds: float | None = None
    """`Moment.time_seconds` of the curve's peak where another frame is kept, else None."""
    runner_up: RunnerUp | None = None


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a still, of another shape."""

    ratio: str
    """Its width to its height, such as 16:9."""
    left: float
    top: float
    """Its upper left corner, in shares of the still's width and height."""
    width: float
    height: float
    """Its size, in the same shares."""
    gain: float | None
    """How much more it is worth than the crop in the middle, in points of the score; None where
    that one cuts faces which this one keeps whole."""
    keeps_faces: bool
    """Whether all faces that count are whole."""

    def pixels_of(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Give left, top, width and height in pixels of a still of that size, at least 1 each."""
        across, down = max(1, round(self.width * width)), max(1, round(self.height * height))
        left, top = round(self.left * width), round(self.top * height)
        return min(left, width - across), min(top, height - down), across, down


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pick, the best frame of a scene without one, or an alternate of a pick."""

    kind: Literal["pick", "scene", "alternate"]
    moment: Moment
    row: int
    """Its row in `Samples` and `ScoreCurve`."""
    scene: int
    """Number of its scene, from 1, in order of time."""
    score: float
    """Smoothed score."""
    percentile: float
    """Percentile of `score` among the reference photographs, 0 to 100."""
    percentile_in_video: float
    """Percentile of `score` among all frames of this video, 0 to 100."""
    of_rank: int | None = None
    """Rank of the pick that it is, or is an alternate of; None for the best of a scene."""
    place: int | None = None
    """Of alternates: 1 is the first of its pick."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparable(ShapeRepr):
    """What frames are compared with those of other videos by."""

    scores: Floats
    """(n,) scores as pictures on their own: those in a video count from its median moment."""
    content: Vectors
    """(n, C), rows of length 1."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Filmstrip(ShapeRepr):
    """Small pictures along the whole film, evenly spaced as far as frames were explored."""

    times_seconds: Floats
    """(N,), rising."""
    pictures: tuple[bytes, ...]
    """N JPEG files, all of one size, upright, in the film's proportions."""

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.times_seconds):
            raise ValueError(
                f"pictures has {len(self.pictures)} rows, expected {len(self.times_seconds)}"
            )


@dataclass(frozen=True, slots=True)
class RunFigures:
    """How long a run took and what encoded, for the report; not part of the result proper."""

    search_seconds: float
    """Wall time of decoding, scoring and smoothing all frames."""
    refine_seconds: float
    """Wall time of refining picks; 0 without."""
    encoder: str
    """Name of the weights."""
    device: str
    """Where the encoder ran."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody decided about a frame."""

    stars: int | None = None
    """Stars, 1 to 5; None where none were given."""
    verdict: Literal["kept", "rejected"] | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VideoResult(ShapeRepr):
    """The picks of one video, and all data that its files are written from."""

    source: MediaFile
    info: VideoInfo
    encoder_id: str
    reference: str
    """Name of the reference photographs that percentiles refer to."""
    samples: Samples
    curve: ScoreCurve
    picks: Sequence[Pick]
    config: VideoConfig
    """The configuration of the run."""
    shortfall: Reason | None
    """Why there are fewer picks than requested; None if there are as many."""
    error_count: int
    filmstrip: Filmstrip
    run: RunFigures
    relative_vetoes: Mapping[int, Reason] = field(default_factory=dict)
    """Relative vetoes by row of `samples`, for the rows that have one."""
    timeline: Timeline | None = None
    """All frames of the video, if they are known without decoding."""
    candidates: Sequence[Candidate] = ()
    """The picks, the best frame of each scene without one, then the alternates of each pick."""
    pictures: Mapping[Moment, bytes] = field(default_factory=dict)
    """Small JPEG files of candidates, of some of them."""
    crops: Mapping[Moment, Sequence[Crop]] = field(default_factory=dict)
    """Crops of the picks, in the order in which they were asked for."""
    heat_maps: Mapping[Moment, bytes] = field(default_factory=dict)
    """JPEG files of the heat maps of picks."""
    comparable: Comparable | None = None
    """Compares the picks with those of other videos; None where that is not known."""
    judgements: Mapping[int, Judgement] = field(default_factory=dict)
    """What the user decided about frames, by `Moment.frame_index`."""

    @property
    def frame_times_seconds(self) -> Floats:
        """Times of all frames of the video, including those that were not explored."""
        explored = self.samples.times_seconds
        if self.timeline is None or len(self.timeline) <= len(explored):
            return explored
        return self.timeline.times_seconds

    @property
    def is_part(self) -> bool:
        """Whether the video was explored only in part."""
        return len(self.frame_times_seconds) > len(self.samples)
