"""Deinterlacing, on clips whose pictures are woven from two instants."""

from __future__ import annotations

import gc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from av.codec.context import Flags
from av.filter import Graph
from av.video.stream import VideoStream
from PIL import Image

from framepick.encoding.batches import in_batches
from framepick.sources.deinterlace import as_progressive, deinterlaced, is_interlaced
from framepick.sources.video import VideoSource
from framepick.sources.views import PictureConverter
from framepick.types import ViewSpec
from samples.clipmaker import load
from tests.conftest import VIEW

SIZE = (640, 480)
BAND = slice(120, 360)
"""Lines that the moving picture crosses; the others rest."""
CODECS = {
    "libx264": {"preset": "veryfast", "crf": "8", "mbtree": "0", "threads": "1"},
    "mpeg2video": {"qmin": "1", "qmax": "2", "threads": "1"},
}


def _instant(time: int) -> np.ndarray:
    """Give the scene at field number `time`: a disc that crosses a picture at rest."""
    scene = load("coffee", SIZE).copy()
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    disc = np.hypot(x - 150 - 13 * time, y - 240) < 100
    stripes = (x - 13 * time) % 46 < 23
    scene[disc & stripes] = (240, 235, 225)
    scene[disc & ~stripes] = (20, 30, 60)
    return scene


def _woven(number: int, top_first: bool) -> np.ndarray:
    first, second = _instant(2 * number), _instant(2 * number + 1)
    lines = np.arange(SIZE[1]) % 2 == (0 if top_first else 1)
    return np.where(lines[:, None, None], first, second)


def _flagged(picture: av.VideoFrame, mode: str) -> av.VideoFrame:
    """Mark a picture as `tff`, `bff` or `prog`; its pixels stay."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=Fraction(1, 25),
    )
    graph.link_nodes(source, graph.add("setfield", f"mode={mode}"), graph.add("buffersink"))
    graph.configure()
    graph.vpush(picture)
    return graph.vpull()


def _picture(pixels: np.ndarray, layout: str, number: int, mode: str) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    if layout != "rgb24":
        picture = picture.reformat(format=layout, dst_colorspace=1, dst_color_range=1)
    picture.pts, picture.time_base = number, Fraction(1, 25)
    picture.colorspace = picture.color_primaries = picture.color_trc = 1
    picture.color_range = 1
    return _flagged(picture, mode)


def _write(path: Path, codec: str, top_first: bool) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height = SIZE
        context.pix_fmt, context.options = "yuv420p", CODECS[codec]
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
        context.bit_rate = 40_000_000
        for number in range(7):
            mode = "tff" if top_first else "bff"
            picture = _picture(_woven(number, top_first), "yuv420p", number, mode)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))


@pytest.fixture(params=[(codec, top) for codec in CODECS for top in (True, False)])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[av.VideoFrame], np.ndarray]:
    """Give the pictures of an interlaced video, and the instant of the fourth one's first field."""
    codec, top_first = request.param
    path = tmp_path / ("clip.mp4" if codec == "libx264" else "clip.ts")
    _write(path, codec, top_first)
    with av.open(str(path)) as container:
        return list(container.decode(video=0)), _instant(6)


def _still(picture: av.VideoFrame) -> np.ndarray:
    return PictureConverter(VIEW).still(picture).astype(int)


def _combing(pixels: np.ndarray) -> float:
    """How far lines stand out from those above and below them."""
    band = pixels[BAND].mean(axis=2)
    return float(np.abs(band[1:-1] - (band[:-2] + band[2:]) / 2).mean())


Clip = tuple[list[av.VideoFrame], np.ndarray]


def test_what_moves_is_not_combed_and_what_rests_stays(clip: Clip) -> None:
    pictures, instant = clip
    woven = _still(pictures[3])
    whole = _still(deinterlaced(*pictures[2:5]))
    assert _combing(woven) > 3 * _combing(instant)
    assert _combing(whole) < 1.15 * _combing(instant)
    # the disc is where it was at the first field
    moving = np.abs(_instant(6).astype(int) - _instant(7)).max(axis=2) > 20
    assert np.abs(whole - instant)[moving].mean() < 0.25 * np.abs(woven - instant)[moving].mean()
    resting = np.r_[0:110, 370:480]
    assert np.abs(whole - woven)[resting].mean() < 1.5


def test_a_picture_at_an_end_has_one_neighbour_or_none(clip: Clip) -> None:
    pictures, instant = clip
    alone = _still(deinterlaced(None, pictures[3], None))
    first = _still(deinterlaced(None, pictures[3], pictures[4]))
    last = _still(deinterlaced(pictures[2], pictures[3], None))
    for whole in (alone, first, last):
        assert _combing(whole) < 1.6 * _combing(instant)
    resting = np.r_[0:110, 370:480]
    for whole in (first, last):
        assert np.abs(whole - _still(pictures[3]))[resting].mean() < 1.5


@pytest.mark.parametrize("speed", [1, 4, 8])
def test_a_soft_picture_that_pans_is_not_combed_at_an_end_either(speed: int) -> None:
    scene = np.asarray(Image.fromarray(load("coffee", (80, 60))).resize(SIZE))
    fields = [np.roll(scene, -speed * time, axis=1) for time in range(6)]
    lines = np.arange(SIZE[1])[:, None, None] % 2 == 0
    pictures = [
        _picture(np.where(lines, fields[time], fields[time + 1]), "yuv444p", time, "tff")
        for time in (0, 2, 4)
    ]
    woven = _combing(_still(pictures[1]))
    for before, after in ((None, pictures[2]), (pictures[0], None)):
        assert _combing(_still(deinterlaced(before, pictures[1], after))) < 0.5 * woven


def test_stamps_size_and_tags_stay(clip: Clip) -> None:
    pictures, _ = clip
    for number in (0, 3, 6):
        before = pictures[number - 1] if number else None
        after = pictures[number + 1] if number < 6 else None
        whole = deinterlaced(before, pictures[number], after)
        assert not is_interlaced(whole)
        assert _facts(whole) == _facts(pictures[number])
    assert len({picture.pts for picture in pictures}) == 7  # lent to the filter, and given back
    assert all(is_interlaced(picture) for picture in pictures)


def _facts(picture: av.VideoFrame) -> tuple[object, ...]:
    tags = picture.colorspace, picture.color_range, picture.color_primaries, picture.color_trc
    shape = picture.width, picture.height, picture.format.name
    return picture.pts, picture.time_base, *shape, *tags


@pytest.mark.parametrize("make", [deinterlaced, lambda before, picture, after: picture])
def test_a_picture_that_is_not_interlaced_comes_back_itself(
    make: Callable[..., av.VideoFrame],
) -> None:
    picture = _picture(_woven(3, True), "yuv420p", 3, "prog")
    assert not is_interlaced(picture)
    assert make(picture, picture, picture) is picture


@pytest.mark.parametrize("ends", [0, 1, 2])
def test_pictures_of_one_instant_that_are_marked_keep_all_their_lines(ends: int) -> None:
    pictures = [_picture(_instant(2 * number), "yuv422p", number, "tff") for number in range(3)]
    before, after = (None if ends == 1 else pictures[0]), (None if ends == 2 else pictures[2])
    whole = deinterlaced(before, pictures[1], after)
    assert not is_interlaced(whole)
    assert np.array_equal(_still(whole), _still(as_progressive(pictures[1])))


@pytest.mark.parametrize(
    "layout", ["yuv422p10le", "yuv444p12le", "yuv411p", "gray", "gbrp", "uyvy422", "nv12", "rgb24"]
)
def test_a_picture_at_rest_stays_as_it_is_in_any_format(layout: str) -> None:
    pictures = [_picture(load("coffee", (321, 181)), layout, n, "tff") for n in range(3)]
    whole = deinterlaced(*pictures)
    assert not is_interlaced(whole)
    subsampled = layout == "nv12"  # chroma lines of two fields lie elsewhere than those of one
    assert np.abs(_still(whole) - _still(pictures[1])).mean() < (2 if subsampled else 0.2)


def test_neighbours_of_another_size_or_format_are_left_out() -> None:
    picture = _picture(_woven(3, True), "yuv420p", 3, "tff")
    small = _picture(load("coffee", (320, 240)), "yuv420p", 2, "tff")
    other = _picture(_woven(4, True), "yuv422p", 4, "tff")
    alone = _still(deinterlaced(None, picture, None))
    assert np.array_equal(_still(deinterlaced(small, picture, other)), alone)


@pytest.mark.parametrize("size", [(2, 2), (64, 2), (4, 4)])
def test_a_picture_too_small_to_have_fields_comes_back_itself(size: tuple[int, int]) -> None:
    picture = _picture(load("coffee", size), "yuv420p", 0, "tff")
    assert deinterlaced(picture, picture, picture) is picture


@pytest.mark.parametrize("matrix", [0, 2, 3, 8, 14, 99])
def test_strange_tags_do_no_harm(matrix: int) -> None:
    picture = _picture(_woven(3, True), "yuv420p", 3, "tff")
    picture.colorspace, picture.color_range = matrix, 0
    whole = deinterlaced(picture, picture, picture)
    assert not is_interlaced(whole)
    assert (whole.colorspace, whole.color_range) == (matrix, 0)
    assert as_progressive(picture).colorspace == matrix


def test_views_average_the_fields() -> None:
    woven = _picture(_woven(3, True), "yuv444p", 3, "tff")
    plain = _picture(_woven(3, True), "yuv444p", 3, "prog")
    converter = PictureConverter(ViewSpec(120))
    view = converter.view(woven)
    assert is_interlaced(woven)
    assert np.array_equal(view, converter.view(plain))
    # four lines to each of the view's: two of each instant
    mean = (_instant(6) + _instant(7).astype(float)) / 2
    columns = mean.reshape(120, 4, 640, 3).mean(axis=1)[30:90]
    moving = np.abs(np.diff(view.astype(float).mean(axis=(1, 2))[30:90], n=2)).mean()
    assert moving < 2 * np.abs(np.diff(columns.mean(axis=(1, 2)), n=2)).mean() + 0.5


def test_nothing_is_kept_of_pictures_that_are_done() -> None:
    pictures = [_picture(_woven(number, True), "yuv420p", number, "tff") for number in range(3)]
    process = psutil.Process()
    gc.collect()
    gc.disable()  # the decoder must not wait for the collector
    try:
        for _ in range(20):
            deinterlaced(*pictures)
        before = process.memory_info().rss
        for _ in range(100):
            deinterlaced(*pictures)
            as_progressive(pictures[1])
        grown = process.memory_info().rss - before
    finally:
        gc.enable()
    assert grown < 20 << 20  # a hundred of them have 46 MB


@pytest.mark.parametrize("codec", list(CODECS))
def test_every_picture_of_an_interlaced_video_is_read_also_those_the_decoder_held_back(
    codec: str, tmp_path: Path
) -> None:
    path = tmp_path / ("clip.mp4" if codec == "libx264" else "clip.ts")
    _write(path, codec, top_first=True)
    with VideoSource(path, VIEW) as source:
        moments = [
            moment for batch, _ in in_batches(source.frames(), 4) for moment in batch.moments
        ]
        last = next(iter(source.stills(moments[-1:])))
    assert len(moments) == 7
    assert last.moment == moments[-1]
