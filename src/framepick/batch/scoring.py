"""Scores a share of a long file's frames, so that another worker need not."""

from __future__ import annotations

from collections.abc import Sequence

from framepick.batch.picking import Picker
from framepick.batch.stored.staging import on_this_machine
from framepick.batch.tasks import Task
from framepick.errors import FramepickError
from framepick.parts import Scored, score_pieces
from framepick.plans.splitting import Piece, asks_for_everything, pieces_of
from framepick.protocols import Progress
from framepick.session import Session, open_session
from framepick.types import VideoInfo

LEAST_SECONDS = 5.0
"""A share that is scored sooner is not worth opening the file once more."""
_SECONDS_A_FRAME, _SECONDS_A_MEGAPIXEL = 0.005, 0.004
"""What a frame takes on one core, whatever its size, and for each million pixels of it."""


def score(picker: Picker, task: Task, scored: Scored, share: int, tell: Progress) -> bool:
    """Score a share of a file's frames; False if one worker had better do all of it.

    So it is with files that are short, damaged, known from earlier runs, or whose frames cannot be
    told apart before they are decoded. Whatever goes wrong here, the worker that picks says it.
    """
    config, encoder = picker.config, picker.model.encoder
    try:
        with (
            on_this_machine(task.path, lambda: tell(0, None)) as path,
            open_session(
                path,
                picker.model,
                cache=picker.cache,
                hwaccel=config.hwaccel,
                stream=config.stream,
                threads=picker.threads,
            ) as session,
        ):
            pieces = _pieces(session, picker, scored)
            if not is_worth_sharing(pieces, scored.shares, session.source.info):
                return False
            folder = scored.files(encoder.encoder_id)
            return score_pieces(
                session.source, encoder, pieces[share :: scored.shares], folder, tell
            )
    except (FramepickError, OSError):
        return False


def is_worth_sharing(pieces: Sequence[Piece], shares: int, info: VideoInfo) -> bool:
    """Tell whether it takes long to score a share of the pieces, and there are several."""
    megapixels, frames = info.width * info.height / 1e6, sum(map(len, pieces)) / shares
    seconds = frames * (_SECONDS_A_FRAME + _SECONDS_A_MEGAPIXEL * megapixels)
    return len(pieces) > 1 and seconds >= LEAST_SECONDS


def _pieces(session: Session, picker: Picker, scored: Scored) -> list[Piece]:
    """Give the pieces of a video; none if it is known, or not every frame of it is wanted."""
    timeline, plan = session.source.timeline, session.plan(picker.config)
    is_known = session.processor.recall(plan.uses_parts) is not None
    if timeline is None or is_known or not asks_for_everything(plan):
        return []
    return pieces_of(timeline, scored.shares)
