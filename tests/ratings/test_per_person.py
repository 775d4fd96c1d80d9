"""Tables of who gave which picture which score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from framepick.errors import SourceError
from framepick.ratings.per_person import TRAITS, read_personal

FLICKR_AES = """ worker, imagePair, score
A1,one.jpg,5
A1,two.jpg,1
A2,one.jpg,3
A2,two.jpg,none
,one.jpg,3
"""
PARA = """sessionId,imageName,userId,personality-E,personality-A,personality-N,personality-O,\
personality-C,aestheticScore,qualityScore,lightScore
s1,a.jpg,U1,1,2,3,4,5,4.5,3,2
s1,b.jpg,U1,1,2,3,4,5,2.0,3,
s2,a.jpg,U2,9,8,7,6,5,1.0,4,5
"""


def test_scores_by_worker_are_read_and_broken_rows_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(FLICKR_AES)
    found = read_personal(tmp_path / "t.csv")
    assert (found.people, found.pictures) == (("A1", "A2"), ("one.jpg", "two.jpg"))
    assert found.person.tolist() == [0, 0, 1]
    assert found.picture.tolist() == [0, 1, 0]
    assert found.score.tolist() == [5, 1, 3]
    assert found.mean_scores().tolist() == [4, 1]
    assert found.traits is None
    assert [one.line for one in found.broken] == [5, 6]


def test_traits_of_people_and_attributes_of_pictures_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(PARA)
    found = read_personal(tmp_path / "t.csv")
    assert found.traits is not None
    assert dict(zip(TRAITS, found.traits[0].tolist(), strict=True)) == {
        "openness": 4,
        "conscientiousness": 5,
        "extraversion": 1,
        "agreeableness": 2,
        "neuroticism": 3,
    }
    assert found.score.tolist() == [4.5, 2.0, 1.0]
    assert set(found.attributes) == {"quality", "light"}
    assert np.array_equal(found.attributes["light"], [2, np.nan, 5], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column of people"),
        ("worker,score\nA,1\n", "no column of pictures"),
        ("worker,image\nA,a.jpg\n", "no column of scores"),
        ("worker,image,score\nA,a.jpg,good\n", "holds no scores"),
    ],
)
def test_other_tables_are_refused(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(SourceError, match=reason):
        read_personal(tmp_path / "t.csv")
