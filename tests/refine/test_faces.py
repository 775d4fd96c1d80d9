"""Of frames that are as good as each other, the one with the better main face is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache
from framepick.config import PickConfig, Preference, RefineConfig, VideoConfig
from framepick.encoding import load_encoder
from framepick.faces.finder import FaceFinder
from framepick.faces.measures import Expression, Face, FrameFaces
from framepick.picking import RefinedPeak
from framepick.reasons import Reason, ReasonCode
from framepick.refine import MeasuredFrames, Refiner, Windows
from framepick.results import Pick
from framepick.scoring import NormScorer
from framepick.session import open_session
from framepick.types import Moment, Still
from samples.clipmaker import write
from tests.faces.drawn import portrait, with_eyes_shut
from tests.refine.test_refine import FLAT, NONE_TAKEN, Stage, bump
from tests.tiny import tiny_weights


def face(eyes: float = 0.9, left: float = 0.4, side_pixels: float = 120.0, **look: float) -> Face:
    calm = {"yaw_degrees": 0.0, "smile": 0.1, "mouth_open": 0.05, "luma": 0.5, "sharpness": 0.01}
    expression = Expression(
        left_eye_open=eyes, right_eye_open=eyes, eye_aspect=eyes * 0.3, **calm | look
    )
    return Face(left, 0.3, left + 0.2, 0.6, side_pixels, 0.99, expression)


SHUT = face(eyes=0.1)
CUT = face(left=-0.05)
WHOLE_AT_EDGE = face(left=0.02)
UNJUDGED = Face(0.4, 0.3, 0.42, 0.34, 25.0, 0.9, None)


class Filmed:
    """A stage on which row 10 would be kept, and on which rows have `faces`, the others `rest`."""

    def __init__(self, faces: Mapping[int, Face], rest: Face | None = None) -> None:
        self.stage = Stage(FLAT, bump(21, {10: 1.05}))
        self._faces, self._rest = faces, rest
        self.seen: list[int] = []

    def faces_of(self, moments: Sequence[Moment]) -> list[FrameFaces]:
        self.seen += [moment.frame_index for moment in moments]
        found = [self._faces.get(moment.frame_index, self._rest) for moment in moments]
        pairs = zip(moments, found, strict=True)
        return [FrameFaces(moment, (one,) if one else ()) for moment, one in pairs]

    def refined(self, prefer: Preference = "auto") -> RefinedPeak:
        frames = MeasuredFrames(self.stage.detail_measures)
        windows = Windows(frames, self.stage.samples, self.stage.curve, RefineConfig())
        found = Refiner(windows, faces_of=self.faces_of, prefer=prefer)(10, NONE_TAKEN, 1.0)
        assert isinstance(found, RefinedPeak)
        return found


def test_a_frame_with_open_eyes_takes_the_place_of_one_with_shut_eyes() -> None:
    found = Filmed({10: SHUT, 9: SHUT, 11: SHUT, 13: face()}).refined()
    assert found.row == 13
    sharp, shown, better = found.reasons
    assert (sharp.code, better.code) == (ReasonCode.AMONG_SHARPEST, ReasonCode.EYES_OPEN)
    assert shown == Reason(ReasonCode.MAIN_FACE, {"eyes": "open", "mouth": "calm"})
    assert better.values == {"offset_seconds": pytest.approx(0.3)}
    assert found.runner_up == (10, Reason(ReasonCode.EYES_SHUT))


def test_of_several_with_open_eyes_the_best_ranked_is_kept() -> None:
    filmed = Filmed({10: SHUT, 12: SHUT}, rest=face())
    filmed.stage = Stage(FLAT, bump(21, {10: 1.3, 12: 1.2, 7: 1.1}))
    assert filmed.refined().row == 7


def test_where_no_eyes_are_open_the_sharpest_stays() -> None:
    filmed = Filmed({}, rest=SHUT)
    found = filmed.refined()
    assert found.row == 10
    sharp, shown = found.reasons
    assert sharp.code == ReasonCode.SHARPEST
    assert shown == Reason(ReasonCode.MAIN_FACE, {"eyes": "shut", "mouth": "calm"})


def test_a_whole_face_takes_the_place_of_one_that_the_border_cuts() -> None:
    found = Filmed({10: CUT, 9: CUT, 12: WHOLE_AT_EDGE}).refined()
    assert found.row == 12
    assert ReasonCode.FACE_WHOLE in [one.code for one in found.reasons]


def test_of_a_face_that_the_border_cuts_nothing_is_claimed() -> None:
    found = Filmed({}, rest=CUT).refined()
    assert ReasonCode.MAIN_FACE not in [one.code for one in found.reasons]


def test_open_eyes_count_more_than_a_whole_face() -> None:
    shut_at_edge = face(eyes=0.1, left=0.02)
    assert Filmed({10: shut_at_edge, 12: CUT}).refined().row == 12
    assert Filmed({10: CUT, 12: shut_at_edge}).refined().row == 10


BETTER = {
    ReasonCode.FACE_LIT: ({"luma": 0.5}, {"luma": 0.1}),
    ReasonCode.FACE_SHARPER: ({"sharpness": 0.02}, {"sharpness": 0.01}),
    ReasonCode.FACE_TO_CAMERA: ({"yaw_degrees": 5.0}, {"yaw_degrees": -40.0}),
    ReasonCode.NOT_MID_WORD: ({"mouth_open": 0.05}, {"mouth_open": 0.4}),
    ReasonCode.SMILING: ({"smile": 0.8}, {"smile": 0.1}),
}


@pytest.mark.parametrize("code", BETTER)
def test_of_open_eyed_faces_the_one_that_looks_clearly_better_is_kept(code: ReasonCode) -> None:
    better, worse = (face(**look) for look in BETTER[code])
    found = Filmed({13: better}, rest=worse).refined()
    assert found.row == 13
    assert found.reasons[-1].code == code
    assert Filmed({13: worse}, rest=better).refined().row == 10


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"smile": 0.65}, {"smile": 0.5}),
        ({"yaw_degrees": 10.0}, {"yaw_degrees": 25.0}),
        ({"sharpness": 0.013}, {"sharpness": 0.01}),
        ({"mouth_open": 0.1}, {"mouth_open": 0.2}),
        ({"luma": 0.5}, {"luma": 0.3}),
        ({"smile": 0.8, "mouth_open": 0.05}, {"smile": 0.8, "mouth_open": 0.5}),
    ],
    ids=str,
)
def test_a_difference_that_is_not_clear_decides_nothing(
    better: dict[str, float], worse: dict[str, float]
) -> None:
    assert Filmed({13: face(**better)}, rest=face(**worse)).refined().row == 10


def test_open_eyes_count_more_than_a_smile_and_a_smile_excuses_an_open_mouth() -> None:
    smiling_blind = face(eyes=0.1, smile=0.9)
    assert Filmed({13: smiling_blind}, rest=face()).refined().row == 10
    laughing, speaking = face(smile=0.9, mouth_open=0.5), face(mouth_open=0.5)
    found = Filmed({13: laughing}, rest=speaking).refined()
    assert found.row == 13
    assert Reason(ReasonCode.MAIN_FACE, {"eyes": "open", "mouth": "smiling"}) in found.reasons


def test_the_face_of_somebody_who_cries_with_shut_eyes_does_not_smile() -> None:
    found = Filmed({13: face(eyes=0.1, smile=0.9)}, rest=face(eyes=0.1)).refined()
    assert found.row == 10
    [shown] = [one for one in found.reasons if one.code == ReasonCode.MAIN_FACE]
    assert shown.values == {"eyes": "shut", "mouth": "calm"}


def test_nothing_is_said_of_frames_whose_face_cannot_be_told_beside_the_pick() -> None:
    filmed = Filmed({10: face()}, rest=None)
    runner_up = filmed.refined().runner_up
    assert runner_up is not None
    assert runner_up[1].code != ReasonCode.NO_FACE


def test_a_frame_that_beats_another_must_not_look_worse_than_the_first() -> None:
    filmed = Filmed({10: face(yaw_degrees=14.0), 13: face(yaw_degrees=36.0, smile=0.9)})
    assert filmed.refined().row == 10


@pytest.mark.parametrize(
    "first", [None, UNJUDGED, face(eyes=0.1, yaw_degrees=70.0)], ids=str.__call__
)
def test_where_nothing_can_be_told_of_a_face_no_other_frame_is_looked_at(
    first: Face | None,
) -> None:
    filmed = Filmed({10: first} if first else {}, rest=None)
    found = filmed.refined()
    assert (found.row, filmed.seen) == (10, [10])
    assert [one.code for one in found.reasons] == [ReasonCode.SHARPEST]


def test_the_face_of_somebody_else_is_no_better() -> None:
    assert Filmed({10: SHUT, 12: face(left=0.75)}).refined().row == 10


def test_a_frame_that_scores_lower_is_not_kept_for_its_eyes() -> None:
    filmed = Filmed({10: SHUT}, rest=face())
    scores = np.where(np.arange(21) == 10, 5.0, 1.0)
    filmed.stage = Stage(scores)
    assert filmed.refined().row == 10


def test_a_few_frames_apart_are_looked_at_whatever_the_frame_rate() -> None:
    filmed = Filmed({}, rest=SHUT)
    filmed.stage = Stage(np.full(241, 5.0), rate=240.0)
    filmed.refined()
    times = sorted({row / 240 for row in filmed.seen})
    assert 4 <= len(times) <= 9
    assert min(np.diff(times)) > 0.05


def test_where_people_are_preferred_a_good_face_wins_over_none() -> None:
    filmed = Filmed({13: face()})
    assert filmed.refined().row == 10
    found = filmed.refined("people")
    assert found.row == 13
    assert ReasonCode.FACE_SHOWN in [one.code for one in found.reasons]
    assert found.runner_up == (10, Reason(ReasonCode.NO_FACE))


@pytest.mark.parametrize("other", [SHUT, CUT, UNJUDGED, face(yaw_degrees=70.0)], ids=str.__call__)
def test_a_face_with_a_fault_is_not_preferred_to_none(other: Face) -> None:
    assert Filmed({13: other}).refined("people").row == 10


def test_where_people_are_preferred_a_larger_face_wins_and_anybodys() -> None:
    filmed = Filmed({10: face(), 13: face(left=0.65, side_pixels=180.0)})
    assert filmed.refined().row == 10
    found = filmed.refined("people")
    assert found.row == 13
    assert ReasonCode.FACE_LARGER in [one.code for one in found.reasons]


def test_open_eyes_count_more_than_a_larger_face() -> None:
    larger = face(eyes=0.1, side_pixels=180.0)
    assert Filmed({10: larger, 13: face()}).refined("people").row == 13
    assert Filmed({10: face(), 13: larger}).refined("people").row == 10


def test_where_scenery_is_preferred_faces_are_not_looked_for() -> None:
    filmed = Filmed({10: SHUT}, rest=face())
    found = filmed.refined("scenery")
    assert (found.row, filmed.seen) == (10, [])


# On a film


SHUT_FRAMES = range(12, 22)


class CountingFinder(FaceFinder):
    """Counts the frames it looks at."""

    count = 0

    def find(self, still: Still) -> FrameFaces:
        self.count += 1
        return super().find(still)


def blinking(path: Path) -> Path:
    """Film a face whose eyes shut, while it is a little brighter, for 0.4 s of 1.4 s."""
    noise = np.random.default_rng(0)
    frames = []
    for number in range(35):
        picture = portrait()
        if number in SHUT_FRAMES:
            picture = np.minimum(with_eyes_shut(picture).astype(np.int16) + 2, 255)
        grain = noise.integers(-2, 3, picture.shape)
        frames.append(np.clip(picture + grain, 0, 255).astype(np.uint8))
    write(path, frames, rate=25, gop=12)
    return path


def picks_of(
    path: Path, model: AestheticModel, cache: Cache | None = None, prefer: Preference = "auto"
) -> list[Pick]:
    config = VideoConfig(PickConfig(1, prefer=prefer))
    with open_session(path, model, cache=cache) as session:
        session.explore(config)
        return list(session.select(config).picks)


def test_the_pick_of_a_blinking_face_has_its_eyes_open(tmp_path: Path) -> None:
    clip = blinking(tmp_path / "face.mp4")
    encoder = load_encoder(tiny_weights(tmp_path), device="cpu")
    finder, scorer = CountingFinder(1), NormScorer(encoder.card.calibration)
    [before] = picks_of(clip, AestheticModel(encoder, scorer))
    assert before.moment.frame_index in SHUT_FRAMES
    cache = Cache(tmp_path / "cache")
    model = AestheticModel(encoder, scorer, face_finder=finder)
    [pick] = picks_of(clip, model, cache)
    assert pick.moment.frame_index not in SHUT_FRAMES
    assert ReasonCode.EYES_OPEN in [one.code for one in pick.reasons]
    assert finder.count <= 9
    looked_at = finder.count
    assert picks_of(clip, model, cache) == [pick]
    assert picks_of(clip, model, cache, "people") == [pick]
    [scenic] = picks_of(clip, model, cache, "scenery")
    assert scenic.moment == before.moment
    assert finder.count == looked_at
