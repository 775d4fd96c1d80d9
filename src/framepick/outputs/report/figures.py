"""Facts of the video, its vetoed frames, and the figures of the run, as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from framepick.outputs.report.film import Stretch, hard_veto_stretches, relative_veto_stretches
from framepick.outputs.text import clock, counted, frames_seen, length_seconds, rate, shown, size
from framepick.reasons import Reason
from framepick.results import VideoResult
from framepick.timecode import Timecodes, timecodes

_MAX_STRETCHES = 300
"""Lines of the table of vetoed frames."""


def facts(result: VideoResult) -> str:
    """One line about the video."""
    info = result.info
    # how many shots there are between the frames that were explored is not known
    shots = "" if result.is_part else counted(len(set(result.curve.shot.tolist())), "shot")
    parts = [
        f"<b>{clock(length_seconds(result), 1)}</b>",
        escape(size(info)),
        escape(f"{shown(info.codec)}{_high_range(info.transfer)}"),
        escape(f"{rate(info)} frames per second") if rate(info) else "",
        escape(frames_seen(result)),
        escape(shots),
        escape(counted(len(result.picks), "pick")),
    ]
    return '<p class="facts">' + "".join(f"<span>{p}</span>" for p in parts if p) + "</p>"


def vetoed(result: VideoResult) -> str:
    """Table of the stretches that no pick may come from, and why; '' where there are none."""
    stretches = vetoed_stretches(result)
    if not stretches:
        return ""
    code = timecodes(result.info, result.frame_times_seconds)
    lines = "".join(_line(result, code, stretch) for stretch in stretches[:_MAX_STRETCHES])
    rest = len(stretches) - _MAX_STRETCHES
    more = f'<tr><td colspan="4">and {counted(rest, "more stretch")}</td></tr>' if rest > 0 else ""
    frames = sum(stretch.count for stretch in stretches)
    return f"""<section><h2>Vetoed <small>{escape(counted(frames, "frame"))}</small></h2>
<div class="vetoed panel" tabindex="0" role="region" aria-label="Vetoed frames">
<table><thead><tr><th>From</th><th>To</th><th class="num count">Frames</th><th>Why</th>
<th><span class="skip">On the curve</span></th></tr></thead>
<tbody>{lines}{more}</tbody></table></div></section>"""


def vetoed_stretches(result: VideoResult) -> list[Stretch]:
    """Stretches that no pick may come from, in order of time."""
    stretches = hard_veto_stretches(result) + joined(relative_veto_stretches(result))
    return sorted(stretches, key=lambda stretch: stretch.first)


def joined(stretches: list[Stretch]) -> list[Stretch]:
    """Stretches that touch as one, with the vetoes of all, the most frequent first."""
    groups: list[tuple[int, int, Counter[Reason]]] = []
    for stretch in stretches:
        start, counts = stretch.first, Counter(dict.fromkeys(stretch.reasons, stretch.count))
        if groups and groups[-1][1] == start - 1:
            start, _, earlier = groups.pop()
            counts = earlier + counts
        groups.append((start, stretch.last, counts))
    return [
        Stretch(first, last, tuple(reason for reason, _ in counts.most_common()))
        for first, last, counts in groups
    ]


def figures(result: VideoResult) -> str:
    """The figures of the run, with its settings."""
    parts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(shown(value))}</dd></div>"
        for name, value in (*_figures(result), *_settings(result))
    )
    return f"""<section><h2>This run</h2><dl class="run panel">{parts}</dl>
<p class="small-print">Reference pictures of the percentiles: {escape(shown(result.reference))}.</p>
</section>"""


def _figures(result: VideoResult) -> Iterator[tuple[str, str]]:
    run, count = result.run, len(result.samples)
    yield "Frames scored", f"{count:,}"
    yield "Search", f"{run.search_seconds:.1f} s"
    if run.search_seconds > 0:
        yield "Speed", f"{count / run.search_seconds:.0f} frames per second"
    if run.refine_seconds > 0:
        yield "Refining", f"{run.refine_seconds:.1f} s"
    yield "Encoder", run.encoder
    yield "Device", run.device
    yield "Decoding errors", f"{result.error_count:,}"
    yield "Picks found", f"{len(result.picks)} of {result.config.pick.count}"
    code = timecodes(result.info, result.frame_times_seconds)
    yield "Time code", _timecode_kind(code)


def _settings(result: VideoResult) -> Iterator[tuple[str, str]]:
    config = result.config
    output, refine = config.output, config.refine
    gap_seconds = config.pick.gap_seconds(result.samples.times_seconds)
    yield "Least gap", f"{gap_seconds:.2g} s"
    if config.taste:
        yield "Taste", config.taste.rpartition(" ")[0]
    yield "Titles", "kept" if config.pick.keep_titles else "vetoed"
    yield "Prefer", config.pick.prefer
    yield "Plan", config.plan
    yield "Budget", f"{config.budget_seconds:g} s" if config.budget_seconds else "none"
    yield "Refine", f"within {refine.reach_seconds:g} s" if refine else "off"
    yield "Hardware decoding", config.hwaccel
    yield "Stills", f"{output.image}, {output.depth} bits"
    yield "Markers", ", ".join(output.markers) or "none"


def _timecode_kind(code: Timecodes) -> str:
    number = f"{float(code.rate):.3f}".rstrip("0").rstrip(".")
    kind = f"{number}, drop-frame" if code.is_drop else number
    return f"{kind}, nominal (variable rate)" if code.is_nominal else kind


def _line(result: VideoResult, code: Timecodes, stretch: Stretch) -> str:
    times = result.curve.times_seconds
    start, end = float(times[stretch.first]), float(times[stretch.last])
    show = f'<button data-from="{start:.5f}" data-to="{end:.5f}" hidden>Show</button>'
    return (
        f'<tr><td class="num">{escape(code.text_at(start))}</td>'
        f'<td class="num">{escape(code.text_at(end))}</td>'
        f'<td class="num count">{stretch.count:,}</td>'
        f'<td><span class="reason">{escape(stretch.text)}</span></td><td>{show}</td></tr>'
    )


def _high_range(transfer: str) -> str:
    return {"pq": ", HDR (PQ)", "hlg": ", HDR (HLG)"}.get(transfer, "")
