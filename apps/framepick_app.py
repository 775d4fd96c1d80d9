"""A page for framepick: choose a video, see its best frames and its score over time.

It calls what the command line calls, and draws the result. Run it with

    python -m streamlit run apps/framepick_app.py

Set FRAMEPICK_WEIGHTS to use other weights than those shipped.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from framepick import aesthetic
from framepick.aesthetic import AestheticModel
from framepick.cache import Cache, default_folder, default_limit
from framepick.config import PickConfig, PlanName, Preference, VideoConfig, config_hash
from framepick.errors import FramepickError, UsageError
from framepick.extras import install_command
from framepick.measures import vetoes
from framepick.outputs.result_folders import Claim, result_folder
from framepick.outputs.sentences import notes_on, sentence
from framepick.reasons import Reason, ReasonCode
from framepick.results import Pick, VideoResult
from framepick.session import pick_video

try:
    import streamlit as st
except ModuleNotFoundError:
    sys.exit(f"the page needs streamlit, not installed here; {install_command('app')}")

ENDINGS = ("3gp", "avi", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ts", "webm")
PATH, UPLOAD = "A file on this computer", "Upload"
MAX_PICKS = 50  # their pictures are held in memory
PLANS: dict[PlanName, str] = {
    "auto": "every frame, if it is short",
    "exact": "every frame",
    "fast": "the promising frames",
}
PREFERENCES: dict[Preference, str] = {
    "auto": "the best face, if there is one",
    "people": "people",
    "scenery": "scenery",
}
SMALL = 480  # longer side of a runner-up's picture, in pixels
MAX_POINTS = 1500  # of the curve, about what a screen can show
MAX_STRETCHES = 500
CURVE, PICKED, VETOED = "#4c8bd6", "#e8710a", "#8c8c8c"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The result of one search, kept so that the page can be drawn again."""

    name: str
    result: VideoResult
    rows: list[dict[str, Any]]
    pictures: list[bytes]
    """JPEG files, one per row."""
    runners_up: list[bytes | None]
    """Small JPEG files, one per row, None where there is no runner-up."""
    report: bytes | None
    """The report as an HTML file, None if it could not be written."""
    folder: str
    """Folder that holds the results, '' if they are not kept."""
    failures: str
    """What could not be written, '' if all was."""


def main() -> None:
    """Draw the page from top to bottom."""
    st.set_page_config("framepick", layout="wide")
    st.title("framepick")
    st.caption("Finds the frames of a video that people would choose.")
    way = st.radio("Video", (PATH, UPLOAD), horizontal=True, label_visibility="collapsed")
    with st.form("options"):
        if way == PATH:
            video: Any = st.text_input("Path of the video", placeholder="/videos/holiday.mp4")
        else:
            video = st.file_uploader("Video to upload", type=ENDINGS)
        left, middle, third, fourth, right = st.columns([2, 2, 3, 3, 4])
        defaults = PickConfig()
        count = left.number_input("Picks", 1, MAX_PICKS, defaults.count)
        gap = middle.number_input("Seconds between picks", 0.0, value=defaults.min_gap_seconds)
        plan = third.selectbox("Score", list(PLANS), format_func=PLANS.__getitem__)
        prefer = fourth.selectbox("Prefer", list(PREFERENCES), format_func=PREFERENCES.__getitem__)
        out = right.text_input("Folder for the results", placeholder="none: shown here only")
        asked = st.form_submit_button("Pick", type="primary")
    if asked:
        st.session_state.pop("shown", None)
        try:
            config = VideoConfig(PickConfig(count, gap, prefer=prefer), plan)
            st.session_state["shown"] = search(video, config, os.path.expanduser(out.strip()))
        except (FramepickError, OSError) as error:
            st.error(plain(str(error)))
    if shown := st.session_state.get("shown"):
        draw(shown)


def search(video: Any, config: VideoConfig, out: str) -> Shown:
    """Search a video, a path or an upload; temporary files are removed before this returns."""
    if not video:
        raise UsageError("no video yet: name its path, or upload it")
    name = os.path.basename(video if isinstance(video, str) else video.name)
    model = load_model(os.environ.get("FRAMEPICK_WEIGHTS"))
    with TemporaryDirectory(prefix="framepick-") as scratch:
        path = local(video, Path(scratch))
        settings = f"{model.encoder.encoder_id} {config_hash(config)}"
        claim = Claim(Path(out) if out else Path(scratch, "picks"), path, settings=settings)
        bar, news = st.progress(0.0, "Opening the video"), st.empty()
        try:
            cache = Cache(default_folder(), default_limit())
            tell, found = partial(report, bar), partial(report_found, news)
            with result_folder(claim, partial(report_note, news)) as folder:
                result, written = pick_video(path, folder, model, config, tell, found, cache)
                pictures = [(folder / row["still"]).read_bytes() for row in written.rows]
                page = (folder / written.report).read_bytes() if written.report else None
        except FramepickError as error:
            raise FramepickError(str(error).replace(str(path), name)) from error
        finally:
            bar.empty()
            news.empty()
    seconds = [pick.runner_up.moment if pick.runner_up else None for pick in result.picks]
    runners_up = [written.previews.jpeg(m, SMALL, 80) if m else None for m in seconds]
    kept = str(folder) if out else ""
    failures = "; ".join(f"{o.file} could not be written ({o.reason})" for o in written.failures)
    return Shown(name, result, written.rows, pictures, runners_up, page, kept, failures)


def report(bar: Any, done: int, total: int | None) -> None:
    """Move the progress bar on."""
    share = min(done / total, 1.0) if total else 0.0
    bar.progress(share, f"{done:,} of {total:,} frames" if total else f"{done:,} frames")


def report_found(news: Any, picks: Sequence[Pick]) -> None:
    """Show where the best frames so far are."""
    times = ", ".join(clock(pick.moment.time_seconds) for pick in picks)
    news.caption(f"The best frames so far are at {times}")


def report_note(news: Any, note: str) -> None:
    """Show where the result goes, or what it waits for."""
    news.caption(plain(note))


@st.cache_resource(show_spinner="Loading the model", max_entries=1)
def load_model(weights: str | None) -> AestheticModel:
    """Load the model once, for all visitors."""
    return aesthetic.load_model(Path(weights) if weights else None)


def local(video: Any, scratch: Path) -> Path:
    """Give the path of a video; an upload is written to `scratch` first, under a safe name."""
    if isinstance(video, str):
        return Path(os.path.expanduser(video.strip()))
    ending = Path(video.name).suffix.lower()
    path = scratch / f"upload{ending if ending[1:] in ENDINGS else ''}"
    with path.open("xb") as file:
        shutil.copyfileobj(video, file)
    return path


def draw(shown: Shown) -> None:
    """Show the notes, pictures and curve of a search."""
    result, curve = shown.result, shown.result.curve
    st.subheader(f"Picks of {plain(shown.name)}")
    kept = f" · kept in {plain(shown.folder)}" if shown.folder else ""
    count = max(len(curve), result.info.packet_count)
    last = clock(curve.times_seconds[-1])
    st.caption(f"{len(curve):,} of {count:,} frames scored · last at {last}{kept}")
    for note in notes_on(result):
        st.warning(plain(note))
    if shown.failures:
        st.warning(plain(shown.failures))
    picks = list(zip(shown.rows, shown.pictures, shown.runners_up, strict=True))
    for start in range(0, len(picks), 3):
        # a set of columns for each row, so that a phone shows them in order of rank
        for column, pick in zip(st.columns(3), picks[start : start + 3], strict=False):
            with column.container(border=True):
                draw_pick(*pick)
    if len(curve) > 1:
        st.subheader("Score over time")
        st.vega_lite_chart(chart(result), width="stretch")
        st.caption(legend(result))
    if shown.report:
        st.download_button(
            "Download the report",
            shown.report,
            f"{Path(shown.name).stem}-report.html",
            "text/html",
            "save-report",
            on_click="ignore",
        )


def draw_pick(row: dict[str, Any], picture: bytes, runner_up: bytes | None) -> None:
    """Show one pick with its facts, and its runner-up."""
    rank, when = row["rank"], clock(row["time_seconds"])
    st.image(picture, width="stretch", alt=f"Pick {rank}, at {when}")
    stars = row["rating"] * "★" + (5 - row["rating"]) * "☆"
    st.markdown(f"**{rank}** · {when} · {stars} · score {row['score']:.3f}")
    st.caption(plain("; ".join(reason["text"] for reason in row["reasons"])))
    st.download_button(
        "Download JPEG", picture, row["still"], "image/jpeg", f"save-{rank}", on_click="ignore"
    )
    if runner_up:
        second = row["runner_up"]
        with st.expander(f"Runner-up, at {clock(second['time_seconds'])}"):
            st.image(runner_up, width="stretch", alt=f"Runner-up of pick {rank}")
            st.caption(plain(second["reason"]["text"]))


def chart(result: VideoResult) -> dict[str, Any]:
    """Give the Vega-Lite chart of a result: curve with band, picks, vetoed stretches."""
    end = float(result.curve.times_seconds[-1])
    ticks = "%H:%M:%S" if end >= 3600 else "%M:%S"
    axis = {"grid": False, "tickMinStep": 1, "labelExpr": f"utcFormat(datum.value*1000,'{ticks}')"}
    along = {
        "type": "quantitative",
        "title": None,
        "axis": axis,
        "scale": {"domain": [0, end or 1]},
    }
    x = {"field": "time", **along}
    upwards = {"type": "quantitative", "title": "score", "scale": {"zero": False, "padding": 20}}
    y = {"field": "score", **upwards}
    return {
        "height": 280,
        "description": "Score over time with the picks marked",
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "data": {"values": stretches(result)},
                "mark": {"type": "rect", "color": VETOED, "opacity": 0.3, "stroke": VETOED},
                "encoding": {"y": None, "x2": {"field": "end"}, "tooltip": {"field": "vetoed"}},
            },
            {
                "data": {"values": points(result)},
                "layer": [
                    {
                        "mark": {"type": "area", "color": CURVE, "opacity": 0.25},
                        "encoding": {"y": {"field": "low", **upwards}, "y2": {"field": "high"}},
                    },
                    {"mark": {"type": "line", "color": CURVE}},
                ],
            },
            _pick_layer(result),
        ],
    }


def _pick_layer(result: VideoResult) -> dict[str, Any]:
    picks = [
        {"time": row.moment.time_seconds, "score": row.score, "rank": str(row.rank)}
        for row in result.picks
    ]
    point = {"type": "point", "color": PICKED, "filled": True, "opacity": 1, "size": 90}
    text = {"type": "text", "color": PICKED, "dy": -13, "fontSize": 14, "fontWeight": "bold"}
    return {
        "data": {"values": picks},
        "layer": [{"mark": point}, {"mark": text, "encoding": {"text": {"field": "rank"}}}],
    }


def points(result: VideoResult) -> list[dict[str, Any]]:
    """Give points of the curve and its band, with all picks; vetoed frames have no score."""
    curve, veto = result.curve, vetoes(result.samples.measures)
    even = np.linspace(0, len(curve) - 1, min(len(curve), MAX_POINTS)).astype(int)
    rows = np.union1d(even, np.array([pick.row for pick in result.picks], int))
    spread = np.sqrt(curve.variance)
    columns = {"score": curve.smoothed, "low": curve.smoothed - spread}
    columns["high"] = curve.smoothed + spread
    return [
        {"time": float(curve.times_seconds[row])}
        | {name: None if veto[row] else float(values[row]) for name, values in columns.items()}
        for row in rows
    ]


def stretches(result: VideoResult) -> list[dict[str, Any]]:
    """From when to when frames have which veto; the longest stretches if there are very many."""
    times, veto = result.curve.times_seconds, vetoes(result.samples.measures)
    starts = np.flatnonzero(np.append(True, veto[1:] != veto[:-1]))
    ends = np.append(times[starts[1:]], times[-1])
    found = [
        (float(end - times[start]), float(times[start]), float(end), str(veto[start]))
        for start, end in zip(starts, ends, strict=True)
        if veto[start]
    ]
    longest = sorted(found, reverse=True)[:MAX_STRETCHES]
    return [{"time": start, "end": end, "vetoed": said(code)} for _, start, end, code in longest]


def legend(result: VideoResult) -> str:
    """Explain the parts of the chart, and tell how many frames have each veto."""
    codes, counts = np.unique(vetoes(result.samples.measures), return_counts=True)
    vetoed = [f"{count:,} {said(code)}" for code, count in zip(codes, counts, strict=True) if code]
    text = "Line: smoothed score. Band: one standard deviation. Numbers: picks."
    return text + (f" Grey: vetoed frames ({', '.join(vetoed)})." if vetoed else "")


def said(code: str) -> str:
    """A veto in words."""
    return sentence(Reason(ReasonCode(code)))


def clock(seconds: float) -> str:
    """Give a time to the millisecond: 01:02.345, or 1:01:02.345."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:" if hours else "") + f"{minutes:02d}:{rest / 1000:06.3f}"


def plain(text: str) -> str:
    """Escape text so that Markdown shows it as it is, on one line."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


main()
