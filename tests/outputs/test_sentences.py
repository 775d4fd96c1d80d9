"""Reasons as sentences: every code has one, in the words of a film editor."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from framepick.outputs.sentences import described, notes_on, sentence
from framepick.reasons import VALUE_NAMES, Reason, ReasonCode
from tests.made_results import made_result
from tests.reasons import reason

SAYS = [
    (
        reason(ReasonCode.HIGHEST_OF_VIDEO, offset_seconds=0.0),
        "the highest score of the video",
    ),
    (
        reason(ReasonCode.HIGHEST_OF_SHOT, offset_seconds=0.123),
        "0.12 s after the highest score of its shot",
    ),
    (
        reason(ReasonCode.PEAK_OF_SHOT, offset_seconds=-0.001),
        "just before a high point of its shot",
    ),
    (
        reason(ReasonCode.FILLER_CLOSE, of_rank=4, distance_seconds=2.7182, min_gap_seconds=3.0),
        "added to reach the count; within 3 s of pick 4",
    ),
    (
        reason(ReasonCode.FILLER_DUPLICATE, of_rank=2),
        "added to reach the count; similar to pick 2",
    ),
    (
        reason(ReasonCode.SHARPEST, frame_count=12),
        "sharpest of 12 frames that score as high",
    ),
    (
        reason(ReasonCode.AMONG_SHARPEST, frame_count=2),
        "as sharp as the other frame that scores as high",
    ),
    (
        reason(ReasonCode.PEAK_VETOED, veto="out_of_focus", offset_seconds=0.12),
        "taken instead of the frame 0.12 s earlier, which is out of focus",
    ),
    (
        reason(ReasonCode.FACE_BETTER, fault="eyes_shut", photo="IMG_2.jpg"),
        "eyes shut in IMG_2.jpg",
    ),
    (reason(ReasonCode.EXPOSED_UNLIKE, stops=-1.26), "1.3 stops darker than similar photos"),
    (reason(ReasonCode.LOWER_SCORE, difference=0.0123), "scores 0.012 lower"),
    (reason(ReasonCode.LOWER_SCORE, difference=1e-6), "scores slightly lower"),
    (reason(ReasonCode.LESS_SHARP, share=0.2), "20 % less sharp"),
    (reason(ReasonCode.LESS_SHARP, share=0.001), "slightly less sharp"),
    (
        reason(ReasonCode.NO_OTHER_FRAMES, picked=3, requested=5),
        "3 of 5 picks: the video has no other frames",
    ),
    (
        reason(ReasonCode.NO_OTHER_FRAMES, picked=0, requested=1),
        "0 of 1 pick: the video has no frames",
    ),
    (
        reason(ReasonCode.LIMIT_REACHED, picked=3, requested=5),
        "3 of 5 picks: every other frame is of a shot or scene that has as many as it may have",
    ),
    (reason(ReasonCode.TASTE, name="anna", points=0.64), "0.64 points higher by the taste anna"),
    (reason(ReasonCode.TASTE, name="anna", points=-1.0), "1.00 points lower by the taste anna"),
    (reason(ReasonCode.TASTE, name="anna", points=0.001), "as high by the taste anna"),
    (
        reason(ReasonCode.TIME_UP, picked=1, requested=5, explored=1, frame_count=3),
        "1 of 5 picks: time was up after 1 of 3 frames; give a longer --budget, or none",
    ),
]


@pytest.mark.parametrize(("told", "text"), SAYS)
def test_a_reason_reads_as_an_editor_would_say_it(told: Reason, text: str) -> None:
    assert sentence(told) == text


def made(code: ReasonCode) -> Reason:
    """A reason with some values."""
    texts = {"veto": "fade", "fault": "eyes_shut", "photo": "a.jpg", "name": "anna"}
    return Reason(code, {name: texts.get(name, 7) for name in VALUE_NAMES.get(code, ())})


@pytest.mark.parametrize("code", ReasonCode)
def test_every_code_has_a_sentence_of_one_line(code: ReasonCode) -> None:
    text = sentence(made(code))
    assert text.isprintable()
    assert text[0].islower() or text[0].isdigit()
    assert not text.endswith(".")


@pytest.mark.parametrize("code", ReasonCode)
def test_a_described_reason_has_its_code_its_values_and_its_text(code: ReasonCode) -> None:
    told = made(code)
    expected = {"code": code.value, **told.values, "text": sentence(told)}
    assert json.loads(json.dumps(described(told))) == expected


def test_no_two_codes_read_the_same() -> None:
    texts = [sentence(made(code)) for code in ReasonCode]
    assert len(set(texts)) == len(texts)


def test_values_must_be_those_of_the_code() -> None:
    with pytest.raises(ValueError, match="of_rank"):
        Reason(ReasonCode.FILLER_DUPLICATE)
    with pytest.raises(ValueError, match="rank"):
        reason(ReasonCode.FILLER, rank=1)


def test_damage_and_missing_picks_are_noted() -> None:
    shortfall = made(ReasonCode.NO_OTHER_FRAMES)
    assert notes_on(made_result()) == []
    damage, missing = notes_on(made_result(error_count=2, shortfall=shortfall))
    assert "2 decoding errors" in damage
    assert missing == sentence(shortfall)


def test_the_documentation_lists_every_code_with_its_values() -> None:
    path = Path(__file__).parents[2] / "docs" / "reasons.md"
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", path.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {code: tuple(re.findall(r"\w+", values)) for code, values in rows}
    assert listed == {code.value: VALUE_NAMES.get(code, ()) for code in ReasonCode}
