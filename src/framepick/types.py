"""The values that framepick passes from step to step, in the order in which they are made.

All are frozen. Those that hold arrays compare by identity, and check shapes and types on
construction, so that no later step has to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from framepick.shape_repr import ShapeRepr

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB, 0 to 255, sRGB."""
DeepPixels = NDArray[np.uint16]
"""(H, W, 3) RGB, 0 to 65535, sRGB."""

SMALL_SIDE = 640
"""Longer side in pixels, at most, of frames that are made small to look for faces in them."""
THUMBNAIL_SIDE = 320
"""Longer side in pixels, at most, of frames that are made small to be chosen from."""

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
"""Row numbers of a table: of samples and their curve, of a timeline, of a data set."""
Flags = NDArray[np.bool_]

Transfer = Literal["sdr", "pq", "hlg"]
"""How light is coded: standard range, or high dynamic range by SMPTE ST 2084 or ARIB B67."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a frame is shown, exactly."""

    frame_index: int
    """Position among the frames of its source, from 0, in display order."""
    pts: int
    """Presentation time stamp of the container, in units of `time_base`; where the container has
    none, the one that the source works out."""
    time_base: Fraction
    """Seconds per unit of `pts`."""
    time_seconds: float
    """Seconds from the start of the file, as a player shows it; never falls from frame to frame.

    A file starts with its first picture, or with its sound where that comes first."""

    @property
    def pts_seconds(self) -> float:
        """The container's time stamp in seconds."""
        return float(self.pts * self.time_base)


@dataclass(frozen=True, slots=True)
class FrameMeasures:
    """Cheap numbers of one picture, all from its small view; luma runs from 0 to 1."""

    luma_mean: float
    luma_spread: float
    """Standard deviation of luma."""
    colour_spread: float
    """Largest standard deviation of the colour differences R - Y and B - Y."""
    black_share: float
    """Share of pixels that are practically black, 0 to 1."""
    white_share: float
    """Share of pixels that are practically white, 0 to 1."""
    change: float
    """Mean absolute change of luma to the frame before in the same `FrameRequest`; 0 for the first
    of them."""
    is_damaged: bool
    """True where the decoder reported or concealed damage, up to the next clean key frame."""
    is_title: bool
    """True where the frame shows text, a logo or a test pattern and no picture."""
    is_excluded: bool = False
    """True where the user wants no pick: not measured, but set for one search."""
    warmth: float = 0.0
    """Mean of red less blue, -1 to 1."""
    saturation: float = 0.0
    """Mean of the strongest less the weakest of red, green and blue, 0 to 1."""
    texture: float = 0.0
    """Mean change of luma from one cell of a grid to the next: how busy the picture is."""


MEASURES_DTYPE = np.dtype(
    [(f.name, np.bool_ if f.name.startswith("is_") else np.float32) for f in fields(FrameMeasures)]
)
"""One row of a measures column: the fields of `FrameMeasures`, in order."""


VIEW_FILTER = "area"
"""The resampling filter of every view."""


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """The view that an encoder takes: the whole picture, squeezed to a square."""

    size: int
    """Side in pixels."""

    def __post_init__(self) -> None:
        if not 8 <= self.size <= 1024:
            raise ValueError(f"view size must lie between 8 and 1024 pixels, not {self.size}")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frame(ShapeRepr):
    """One decoded picture as the encoder sees it."""

    view: Pixels
    """(S, S, 3) uint8 RGB, upright."""
    moment: Moment
    measures: FrameMeasures

    def __post_init__(self) -> None:
        _check_pixels("view", self.view)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Still(ShapeRepr):
    """One decoded picture, upright, with square pixels, at full size or made small."""

    pixels: Pixels | DeepPixels
    """(H, W, 3) RGB, uint8, or uint16 if 16 bits per channel were requested."""
    moment: Moment

    def __post_init__(self) -> None:
        _check_pixels("pixels", self.pixels, (np.uint8, np.uint16))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DetailMeasures(ShapeRepr):
    """Measures of one frame at full size, by which sharp frames are told from others."""

    moment: Moment
    structure: NDArray[np.float32]
    """(R, C, 3, 2) fine structure of each tile: mean squared differences of luma (0 to 1) along x
    and along y, at three scales from the finest."""
    luma: NDArray[np.float32]
    """(G, G) mean luma of cells, 0 to 1."""
    combing: float
    """Share of pixels, 0 to 1, that stand out from the lines above and below them alike."""
    is_woven: bool = False
    """Whether the frame is interlaced (two instants woven line by line) without being marked so."""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One of the video streams of a file."""

    number: int
    """Position among all streams of the file, sound included, from 0."""
    codec: str
    width: int
    height: int
    """Size in pixels as the header says."""
    frame_rate: Fraction | None
    packet_count: int
    """Packets that are shown: in most files the number of frames."""
    is_read: bool
    """Whether frames are read from this stream."""


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """One of the sound streams of a file."""

    number: int
    """Position among all streams of the file, from 0."""
    rate: int
    """Samples per second."""
    channels: int


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts about a source that are known before its frames are decoded."""

    name: str
    """The input as the user named it."""
    width: int
    height: int
    """Size of a still in pixels: upright, with square pixels."""
    codec: str
    container: str
    frame_rate: Fraction | None
    """Nominal frames per second, None where the container gives none."""
    duration_seconds: float | None
    """From the start of the file to the end of the last frame, by the packet index, not the header;
    None for a live source."""
    packet_count: int
    """Packets of the chosen stream that are shown: in most files its number of frames."""
    key_frame_count: int
    start_timecode: str | None
    """Time code at the start of the file as the container carries it, such as 01:00:00:00."""
    recorded_at: str | None = None
    """Start of the recording as the container has it: ISO 8601, such as
    2024-05-01T10:20:30.000000Z."""
    location: str | None = None
    """Place of the recording as the container has it: ISO 6709, such as
    +48.5216+009.0576+341.000/."""
    transfer: Transfer = "sdr"
    start_timecode_rate: int | None = None
    """Frames that `start_timecode` counts to a second, where its track says so; a track may count
    every second frame of the video only."""
    needs_dolby_vision: bool = False
    """True if colours are right only after Dolby Vision processing: frames are given as they are
    coded, tinted green and purple."""
    streams: tuple[StreamInfo, ...] = ()
    """All video streams of the file, in its order, without cover art."""
    sounds: tuple[SoundInfo, ...] = ()
    """All sound streams of the file, in its order, that say how they are sampled."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Timeline(ShapeRepr):
    """The frames of a video in display order, known from its packets before any is decoded."""

    times_seconds: Floats
    """(P,) `Moment.time_seconds` of each frame; row n is the frame with `Moment.frame_index` n."""
    key: NDArray[np.bool_]
    """(P,) True for key frames, which are decoded without any others."""
    size: NDArray[np.int64]
    """(P,) bytes of the coded frame."""

    def __post_init__(self) -> None:
        for name in ("key", "size"):
            _check_rows(name, len(getattr(self, name)), len(self.times_seconds))

    def __len__(self) -> int:
        return len(self.times_seconds)


@dataclass(frozen=True, slots=True, repr=False)
class FrameRequest(ShapeRepr):
    """Frames of a source to decode: all of them, or some."""

    frame_indices: tuple[int, ...] | None = None
    """`Moment.frame_index` of the frames to decode, in any order; None asks for every frame."""
    detail_indices: tuple[int, ...] = ()
    """Frames, among these or given before, whose detail measures will be asked for: a source may
    take them in the same pass, so that no frame is decoded again for its measures."""
    has_pictures: bool = False
    """Whether small pictures of some of these frames will be asked for: a source may keep them."""

    def __post_init__(self) -> None:
        if self.frame_indices is not None and min(self.frame_indices, default=-1) < 0:
            raise ValueError("a request names at least one frame, and counts frames from 0")

    @property
    def is_everything(self) -> bool:
        """Whether every frame of the source is asked for."""
        return self.frame_indices is None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FrameBatch(ShapeRepr):
    """Views to encode together."""

    views: NDArray[np.uint8]
    """(N, S, S, 3) uint8 RGB."""
    moments: tuple[Moment, ...]

    def __post_init__(self) -> None:
        if self.views.ndim != 4 or self.views.shape[3] != 3 or self.views.dtype != np.uint8:
            raise ValueError(f"views must be (N, S, S, 3) uint8, not {_describe(self.views)}")
        _check_rows("moments", len(self.moments), len(self.views))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Embeddings(ShapeRepr):
    """Aesthetic vectors and content vectors of the frames of a batch."""

    aesthetic: Vectors
    """(N, D) float32; the Euclidean norm of a row is how good the picture is."""
    content: Vectors
    """(N, C) float32, C at most 128, rows of length 1; close rows show the same thing."""
    moments: tuple[Moment, ...]
    encoder_id: str
    """Identifies weights, view and precision; vectors of different encoders are never mixed."""

    def __post_init__(self) -> None:
        for name in ("aesthetic", "content"):
            array = getattr(self, name)
            if array.ndim != 2 or array.dtype != np.float32:
                raise ValueError(f"{name} must be (N, D) float32, not {_describe(array)}")
            _check_rows(name, len(array), len(self.moments))
        if self.content.shape[1] > 128:
            raise ValueError(f"content has {self.content.shape[1]} columns, at most 128 are kept")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Calibration(ShapeRepr):
    """Turns a score into a percentile of a named reference set."""

    reference: str
    """Name of the photographs that the quantiles were measured on."""
    quantiles: Floats
    """(Q,) scores of the reference at Q evenly spaced shares from 0 to 1, rising."""

    def __post_init__(self) -> None:
        if (
            self.quantiles.ndim != 1
            or len(self.quantiles) < 2
            or np.any(np.diff(self.quantiles) < 0)
        ):
            raise ValueError("a calibration needs at least two rising quantiles")

    def percentile(self, scores: Floats) -> Floats:
        """Percentiles 0 to 100 of `scores` (N,) in the reference, linear between its quantiles."""
        shares = np.linspace(0.0, 100.0, len(self.quantiles))
        return np.interp(scores, self.quantiles, shares)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Samples(ShapeRepr):
    """Scores and measures of the frames decoded so far, one row per frame, in order of time."""

    time_base: Fraction
    frame_index: NDArray[np.int64]
    pts: NDArray[np.int64]
    times_seconds: Floats
    raw: Floats
    """(T,) scores as the scorer gave them."""
    content_change: Floats
    """(T,) cosine distance, 0 to 2, of a frame's content vector to the one before; 0 at first."""
    measures: NDArray[np.void]
    """(T,) rows of `MEASURES_DTYPE`."""
    leading_content: NDArray[np.float16] | None = None
    """(T, L) leading columns of the content vectors; None where they are not known."""
    moved: Floats | None = None
    """(T,) points that a taste moved the scores by; None without one."""

    def __post_init__(self) -> None:
        optional = ("leading_content", "moved")
        for name in ("frame_index", "pts", "raw", "content_change", "measures", *optional):
            if getattr(self, name) is not None:
                _check_rows(name, len(getattr(self, name)), len(self.times_seconds))
        if np.any(np.diff(self.times_seconds) < 0):
            raise ValueError("times_seconds must not fall")

    def __len__(self) -> int:
        return len(self.times_seconds)

    def with_damaged(self, frame_indices: Collection[int]) -> Samples:
        """The same rows, those of the frames `frame_indices` marked as damaged."""
        measures = self.measures.copy()
        measures["is_damaged"] |= np.isin(self.frame_index, list(frame_indices))
        return replace(self, measures=measures)

    def with_excluded(self, excluded: Flags) -> Samples:
        """The same rows, those of `excluded` (T,) marked as left out, and no others."""
        measures = self.measures.copy()
        measures["is_excluded"] = excluded
        return replace(self, measures=measures)

    def of_rows(self, rows: Rows) -> Samples:
        """Some of the rows, (n,), rising."""
        columns: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        arrays = {name: one[rows] for name, one in columns.items() if isinstance(one, np.ndarray)}
        return replace(self, **{**columns, **arrays})

    def with_titles(self) -> Samples:
        """The same rows, titles allowed: they count neither as titles nor as black or white."""
        measures = self.measures.copy()
        for name in ("black_share", "white_share", "is_title"):
            measures[name][self.measures["is_title"]] = 0
        return replace(self, measures=measures)

    def moment(self, row: int) -> Moment:
        """When the frame of `row` is shown."""
        return Moment(
            int(self.frame_index[row]),
            int(self.pts[row]),
            self.time_base,
            float(self.times_seconds[row]),
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreCurve(ShapeRepr):
    """The scores of a video over time, smoothed within each shot."""

    times_seconds: Floats
    raw: Floats
    smoothed: Floats
    """(T,) expected score given all samples of the shot."""
    variance: Floats
    """(T,) variance of `smoothed`."""
    shot: NDArray[np.int32]
    """(T,) number of the shot, from 0, never falling."""

    def __post_init__(self) -> None:
        for name in ("raw", "smoothed", "variance", "shot"):
            _check_rows(name, len(getattr(self, name)), len(self.times_seconds))

    def __len__(self) -> int:
        return len(self.times_seconds)


def _check_pixels(
    name: str, array: Pixels | DeepPixels, types: tuple[type, ...] = (np.uint8,)
) -> None:
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype not in types:
        wanted = " or ".join(t.__name__ for t in types)
        raise ValueError(f"{name} must be (H, W, 3) {wanted}, not {_describe(array)}")


def _check_rows(name: str, rows: int, expected: int) -> None:
    if rows != expected:
        raise ValueError(f"{name} has {rows} rows, expected {expected}")


def _describe(array: NDArray[np.generic]) -> str:
    return f"{array.shape} {array.dtype}"
