"""The stills of a session: saved, replaced, and described as the picks of a video are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from threading import Lock

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.config import PickConfig, VideoConfig
from framepick.errors import OutputError
from framepick.files import whole_file
from framepick.filmstrip import FilmstripRecorder, thumbnail
from framepick.live.observation import Observation
from framepick.live.record import Row, SessionRecord
from framepick.live.saver import Saved
from framepick.live.state import KeptStill
from framepick.outputs.live_folder import LiveFolder
from framepick.outputs.sentences import sentence
from framepick.outputs.side_products import Failure
from framepick.outputs.stills.notes import rating_of
from framepick.outputs.stills.saving import in_8_bits
from framepick.reasons import Reason
from framepick.results import Pick, RunFigures, VideoResult
from framepick.sources.live.client import LiveFrame, StreamFacts
from framepick.types import Floats, FrameMeasures, VideoInfo

SHOWN = 24
"""The last stills, which displays show."""
_UNMEASURED = FrameMeasures(0.5, 0.2, 0.2, 0.0, 0.0, 0.0, False, False)
"""Of a frame that was found near a peak: it has no hard veto."""


@dataclass(frozen=True, slots=True)
class _Kept:
    still: KeptStill
    row: Row
    reasons: tuple[Reason, ...]
    peak_seconds: float | None
    clip: str | None


class Gallery:
    """All that is written of a session; frames come from one thread, stills from another."""

    def __init__(
        self,
        name: Path,
        shown_name: str,
        folder: LiveFolder,
        model: AestheticModel,
        config: VideoConfig,
        keeps_clips: bool,
        warn: Callable[[str], None],
    ) -> None:
        self._name, self._shown_name = name, shown_name
        self._folder, self._model, self._config = folder, model, config
        self._keeps_clips = keeps_clips
        self._warn = warn
        self._failing: set[str] = set()
        """What could not be written when it was last tried."""
        self._lock = Lock()
        self._record = SessionRecord()
        self._filmstrip: FilmstripRecorder | None = None
        self._info: VideoInfo | None = None
        self._began = datetime.now().astimezone()
        self._kept: dict[int, _Kept] = {}
        self._seconds = self._zero = 0.0

    @property
    def folder(self) -> Path:
        """Where the files go."""
        return self._folder.folder

    def opened(self, facts: StreamFacts) -> None:
        """Take in what is known of the source, each time it is opened."""
        with self._lock:
            self._info = VideoInfo(
                name=self._shown_name,
                width=facts.width,
                height=facts.height,
                codec=facts.codec,
                container=facts.container,
                frame_rate=Fraction(facts.rate) if facts.rate else None,
                duration_seconds=None,
                packet_count=0,
                key_frame_count=0,
                start_timecode=None,
                recorded_at=self._began.isoformat(timespec="milliseconds"),
            )
            if self._filmstrip is None:
                self._filmstrip = FilmstripRecorder(self._info)

    def scored(self, frame: LiveFrame, one: Observation) -> None:
        """Take in a scored frame."""
        with self._lock:
            self._seconds = one.moment.time_seconds
            self._record.add(one, frame.frame.measures)
            self._zero = one.zero
            if self._filmstrip:
                self._filmstrip.add([one.moment.time_seconds], [one.view])

    def save(self, saved: Saved) -> KeptStill:
        """Write a still, its clip and picks.json.

        Raises
        ------
        OutputError
            The still cannot be written.
        """
        keep, still = saved.keep, saved.refined.still
        moment, score = still.moment, keep.score + max(saved.refined.better_by, 0.0)
        shown, percentile = self._shown(score)
        reasons = (Reason(keep.why), *saved.refined.reasons)
        kept = _Kept(
            KeptStill(
                key=keep.key,
                name="",
                seconds=moment.time_seconds,
                score=shown,
                percentile=percentile,
                rating=rating_of(percentile),
                reason="; ".join(map(sentence, reasons)),
                thumbnail=thumbnail(in_8_bits(still.pixels)),
            ),
            Row(moment, score, score, 0.0, 0, _UNMEASURED, None),
            reasons,
            None if moment == keep.moment else keep.moment.time_seconds,
            None,
        )
        with self._lock:
            self._kept[keep.key] = kept
            try:
                result = self._result()
                pick = next(one for one in result.picks if one.moment == moment)
                name = self._folder.save(still, result, pick)
                clip = self._keep_clip(saved, name)
                named = _with_name(kept, name, clip)
                self._kept[keep.key] = named
                self._note(result)
            except BaseException:
                if not self._kept[keep.key].still.name:
                    del self._kept[keep.key]
                raise
            return named.still

    def remove(self, key: int) -> KeptStill | None:
        """Remove a still that a better one replaces; None if there is none."""
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None:
                return None
            self._folder.remove(kept.still.name)
            if kept.clip:
                with suppress(OSError):
                    (self.folder / kept.clip).unlink()
            self._note(self._result())
            return kept.still

    def abandon(self) -> None:
        """Remove what is half written."""
        self._folder.remove_partials()

    def finish(self, is_hurried: bool) -> Sequence[Failure]:
        """Write what completes the session, within a second if it `is_hurried`; give what failed.

        Raises
        ------
        OutputError
            picks.json cannot be written.
        """
        with self._lock:
            if self._info is None:
                return ()
            result = self._result()
            return self._folder.finish(result, self._names(result), is_hurried)

    def stills(self) -> list[KeptStill]:
        """The stills so far, in the order in which they were saved."""
        return [one.still for one in list(self._kept.values()) if one.still.name]

    def _keep_clip(self, saved: Saved, still: str) -> str | None:
        if not self._keeps_clips:
            return None
        name = f"{Path(still).stem}.mkv"
        with self._told("clip"):
            with whole_file(self.folder / name) as path:
                shutil.copyfile(saved.clip.path, path)
            return name
        return None

    def _note(self, result: VideoResult) -> None:
        """Write picks.json; if that fails, the next still tries again."""
        with self._told("picks"):
            self._folder.note(result, self._names(result))

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn a failure to write something into a warning, the first time in a row."""
        try:
            yield
        except OutputError as error:
            if what not in self._failing:
                self._warn(str(error))
            self._failing.add(what)
        else:
            self._failing.discard(what)

    def _names(self, result: VideoResult) -> dict[int, str]:
        names = {one.row.moment: one.still.name for one in self._kept.values()}
        return {pick.rank: names[pick.moment] for pick in result.picks}

    def _result(self) -> VideoResult:
        kept = sorted(self._kept.values(), key=lambda one: -one.row.raw)
        record = self._record.record([one.row for one in kept], self._zero)
        levels = np.sort(record.curve.smoothed)
        picks = [
            self._pick(rank, one, record.row_of[one.row.moment.frame_index], levels)
            for rank, one in enumerate(kept, 1)
        ]
        if self._info is None:
            raise RuntimeError("nothing was seen of the source")
        scorer, config = self._model.scorer, self._config
        return VideoResult(
            source=self._name,
            info=self._info,
            encoder_id=self._model.encoder.encoder_id,
            reference=scorer.calibration.reference,
            samples=record.samples,
            curve=record.curve,
            picks=picks,
            config=VideoConfig(
                PickConfig(max(len(picks), 1), prefer=config.pick.prefer),
                output=config.output,
                taste=self._model.taste.label if self._model.taste else None,
            ),
            shortfall=None,
            error_count=0,
            filmstrip=self._filmstrip.filmstrip()
            if self._filmstrip
            else FilmstripRecorder(self._info).filmstrip(),
            run=RunFigures(self._seconds, 0.0, self._model.name, self._model.runtime),
            relative_vetoes=record.relative_vetoes,
        )

    def _pick(self, rank: int, one: _Kept, row: int, levels: Floats) -> Pick:
        """Describe a still by what is known now; `levels` (T,) are those of the session, rising."""
        score, percentile = self._shown(one.row.raw)
        below = float(np.searchsorted(levels, score, side="right"))
        return Pick(
            moment=one.row.moment,
            row=row,
            rank=rank,
            score=score,
            percentile=percentile,
            percentile_in_video=100.0 * below / max(len(levels), 1),
            reasons=one.reasons,
            peak_seconds=one.peak_seconds,
        )

    def _shown(self, score: float) -> tuple[float, float]:
        """Give a score as that of a video, and its percentile among the reference photographs."""
        shown = max(score - self._zero, 0.0)
        return shown, float(self._model.scorer.calibration.percentile(np.array([shown]))[0])


def _with_name(kept: _Kept, name: str, clip: str | None) -> _Kept:
    return replace(kept, still=replace(kept.still, name=name), clip=clip)
