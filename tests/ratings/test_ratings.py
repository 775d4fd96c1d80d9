"""Rated sets of four formats, whole and broken, each told apart by what it holds."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from framepick.errors import FramepickError, SourceError, UsageError
from framepick.ratings import RatedSet, lines, read_ratings, theme_folds

Write = Callable[..., Path]

OASIS_HEADER = (
    "image,category,theme,source,cc0,split,beauty_mean,beauty_std,n_raters,v1,v2,v3,v4,v5,v6,v7"
)
LAKE = "lake_1.jpg,Scene,Lake,Pixabay,True,train,5.5,1.2,4,0,0,0,0,2,2,0"
DOG = "dog_1.jpg,Animal,Dog,Wikipedia,False,dev,4.0,0.0,2,0,0,0,2,0,0,0"
AVA_LINES = (
    "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396",
    "2 953958 10 7 15 26 26 21 10 8 1 2 0 14 1396",
    "3 954184 0 0 4 8 41 56 10 3 0 4 0 0 1397",
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a table and empty files for its pictures; names are enough for a reader."""

    def make(
        name: str, rows: Iterable[str], pictures: Iterable[str] = (), encoding: str = "utf-8"
    ) -> Path:
        for picture in pictures:
            (tmp_path / picture).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / picture).touch()
        (tmp_path / name).write_bytes("\n".join([*rows, ""]).encode(encoding))
        return tmp_path / name

    return make


def names(rated: RatedSet) -> list[str]:
    return [path.name for path in rated.paths]


def broken(rated: RatedSet) -> dict[int, str]:
    return {row.line: row.reason for row in rated.broken}


def test_pictures_may_lie_in_another_folder_than_their_table(write: Write) -> None:
    table = write("rated.csv", ["image,beauty", "a.jpg,2.5", "b.jpg,6"], ["there/a.jpg", "b.jpg"])
    rated = read_ratings(table, table.parent / "there")
    assert names(rated) == ["a.jpg"]
    assert rated.score.tolist() == [2.5]
    assert "b.jpg" in broken(rated)[3]


# OASIS ---------------------------------------------------------------------------------------


def test_oasis_gives_beauty_votes_and_what_may_be_shipped(write: Write) -> None:
    table = write(
        "beauty.csv", [OASIS_HEADER, LAKE, DOG], ["images/lake_1.jpg", "images/dog_1.jpg"]
    )
    for path in (table, table.parent):
        rated = read_ratings(path)
        assert rated.name == "OASIS"
        assert rated.paths == tuple(table.parent / "images" / f"{n}_1.jpg" for n in ("lake", "dog"))
        assert rated.score.tolist() == [5.5, 4.0]
        assert rated.votes is not None
        assert rated.votes[0].tolist() == [0, 0, 0, 0, 2, 2, 0]
        assert rated.vote_values is not None
        assert rated.vote_values.tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert rated.category.tolist() == ["Scene", "Animal"]
        assert rated.theme.tolist() == ["Lake", "Dog"]
        assert rated.split.tolist() == ["train", "dev"]
        assert rated.is_free.tolist() == [True, False]
        assert rated.broken == ()


def test_broken_rows_of_oasis_are_named_with_their_lines(write: Write) -> None:
    rows = [
        OASIS_HEADER,
        LAKE,
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,5.5",
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,lovely,1.2,4,0,0,0,0,2,2,0",
        "",
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,nan,1.2,4,0,0,0,0,2,2,0",
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,7.5,1.2,4,0,0,0,0,2,2,0",
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,5.5,1.2,4,0,0,0,0,-2,2,0",
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,5.5,1.2,4,0,0,0,0,0,0,0",
        "cow_1.jpg,Animal,Cow,Pixabay,True,train,5.5,1.2,4,0,0,0,0,2,2,0",
        LAKE,
        "cat_1.jpg,Animal,Cat,Pixabay,True,train,5.5,1.2,4,0,0,0,0,2,2,0",
    ]
    rated = read_ratings(write("beauty.csv", rows, ["images/lake_1.jpg", "images/cat_1.jpg"]))
    assert names(rated) == ["lake_1.jpg", "cat_1.jpg"]
    assert broken(rated) == {
        3: "has 7 fields, the table has 16",
        4: "'lovely' is not a number",
        6: "'nan' is not finite",
        7: "beauty 7.5 does not lie between 1 and 7",
        8: "a number of votes is negative",
        9: "nobody voted",
        10: "the picture 'cow_1.jpg' is not there",
        11: "'lake_1.jpg' is rated in line 2 already",
    }


def test_the_real_oasis_is_read_whole() -> None:
    if not (folder := os.environ.get("FRAMEPICK_DATA")):
        pytest.skip("FRAMEPICK_DATA names no folder of rated photos")
    rated = read_ratings(Path(folder) / "oasis")
    assert (len(rated), rated.broken) == (603, ())
    assert rated.is_free.sum() == 478
    assert np.unique(rated.split, return_counts=True)[1].tolist() == [101, 502]
    assert rated.votes is not None
    assert rated.vote_values is not None
    assert np.allclose(rated.votes @ rated.vote_values / rated.votes.sum(1), rated.score)


# AVA -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["images/", ""])
def test_ava_gives_the_mean_of_ten_votes_by_challenge(write: Write, place: str) -> None:
    pictures = [f"{place}{line.split()[1]}.jpg" for line in AVA_LINES]
    table = write("AVA.txt", AVA_LINES, pictures)
    write("tags.txt", ["1 Abstract"])
    for path in (table, table.parent):
        rated = read_ratings(path)
        assert rated.name == "AVA"
        assert names(rated) == ["953619.jpg", "953958.jpg", "954184.jpg"]
        assert rated.votes is not None
        assert rated.votes[2].tolist() == [0, 0, 4, 8, 41, 56, 10, 3, 0, 4]
        assert rated.vote_values is not None
        assert rated.vote_values.tolist() == list(range(1, 11))
        assert rated.score[2] == pytest.approx((12 + 32 + 205 + 336 + 70 + 24 + 40) / 126)
        assert rated.theme.tolist() == ["challenge 1396", "challenge 1396", "challenge 1397"]
        assert rated.category.tolist() == ["tag 1", "tag 14", ""]
        assert not rated.is_free.any()


def test_broken_rows_of_ava_are_named_with_their_lines(write: Write) -> None:
    rows = [
        "1 953619 0 1 5 17 38 36 15 6 5 1 1 22",
        "2 953619 0 0 0 0 0 0 0 0 0 0 1 22 1396",
        "3 953619 0 1 5 -17 38 36 15 6 5 1 1 22 1396",
        "4 953619 0 1 5 1.5 38 36 15 6 5 1 1 22 1396",
        "5 953619 0 1 x 17 38 36 15 6 5 1 1 22 1396",
        "6 7 0 1 5 17 38 36 15 6 5 1 1 22 1396",
        AVA_LINES[0],
        AVA_LINES[0],
        "8 953619 0 1 5 1e300 38 36 15 6 5 1 1 22 1396",
    ]
    rated = read_ratings(write("AVA.txt", rows, ["953619.jpg"]))
    assert len(rated) == 1
    assert broken(rated) == {
        1: "has 14 fields, AVA has 15",
        2: "nobody voted",
        3: "'-17' is not a count",
        4: "'1.5' is not a count",
        5: "'x' is not a number",
        6: "the picture '7.jpg' is not there",
        8: "'953619.jpg' is rated in line 7 already",
        9: "'1e300' is not a count",
    }


# AROD ----------------------------------------------------------------------------------------

URL = "https://farm1.staticflickr.com/5/"


@pytest.mark.parametrize("header", [[], ["url;faves;views"]])
def test_arod_scores_are_log_faves_by_log_views(write: Write, header: list[str]) -> None:
    rows = [f"{URL}a_b.jpg;100;10000", f"{URL}c.jpg?size=l;1;50", f"{URL}d.jpg ; 7 ; 7"]
    rated = read_ratings(write("list.txt", [*header, *rows], ["images/a_b.jpg", "c.jpg", "d.jpg"]))
    assert rated.name == "AROD"
    assert names(rated) == ["a_b.jpg", "c.jpg", "d.jpg"]
    assert rated.score.tolist() == pytest.approx([0.5, 0.0, 1.0])
    assert rated.votes is None
    assert rated.vote_values is None
    assert rated.theme.tolist() == ["a_b.jpg", "c.jpg", "d.jpg"]
    assert rated.broken == ()


def test_arod_rows_for_which_the_score_says_nothing_are_broken(write: Write) -> None:
    rows = [
        f"{URL}a.jpg;0;900",
        f"{URL}a.jpg;1;1",
        f"{URL}a.jpg;1;0",
        f"{URL}a.jpg;30;20",
        f"{URL}a.jpg;-3;20",
        f"{URL}a.jpg;2.5;20",
        f"{URL}a.jpg;many;20",
        f"{URL}a.jpg;20",
        f"{URL};3;20",
        f"{URL}gone.jpg;3;20",
        f"{URL}a.jpg;inf;inf",
        f"{URL}a.jpg;3;20",
        "http://elsewhere/x/a.jpg;4;20",
    ]
    rated = read_ratings(write("list.txt", rows, ["a.jpg"]))
    assert rated.score.tolist() == pytest.approx([math.log(3) / math.log(20)])
    assert broken(rated) == {
        1: "has no faves, so that log faves has no value",
        2: "has 1 views, so that log faves / log views has no value",
        3: "has 0 views, so that log faves / log views has no value",
        4: "has more faves (30) than views (20)",
        5: "'-3' is not a count",
        6: "'2.5' is not a count",
        7: "'many' is not a number",
        8: "has 2 fields, url;faves;views has 3",
        9: f"'{URL}' names no file",
        10: "the picture 'gone.jpg' is not there",
        11: "'inf' is not finite",
        13: "'a.jpg' is rated in line 12 already",
    }


# any table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        ["path,score", "a.jpg,3.5", "b.jpg,2"],
        ["Filename,MOS", "a.jpg,3.5", "b.jpg,2"],
        ["id;Image Name;Mean-Score", "7;a.jpg;3,5", "8;b.jpg;2,0"],
        ["rating\timage", "3.5\ta.jpg", "2\tb.jpg"],
        ['"file", "value"', '"a.jpg", "3.5"', '"b.jpg", "2"'],
        ["a.jpg,3.5", "b.jpg,2"],
        ["a.jpg;3,5", "b.jpg;2,0"],
        ["a.jpg 3.5", "b.jpg   2e0"],
        ["a.jpg\t3.5", "b.jpg\t2"],
        ["a.jpg,3.5,extra", "b.jpg,2,"],
        ["image,v1,v2,v3,v4", "a.jpg,0,0,1,1", "b.jpg,0,4,0,0"],
    ],
)
def test_tables_of_path_and_score_are_understood(write: Write, rows: list[str]) -> None:
    rated = read_ratings(write("mine.csv", rows, ["a.jpg", "b.jpg"]))
    assert rated.name == "mine"
    assert names(rated) == ["a.jpg", "b.jpg"]
    assert rated.score.tolist() == [3.5, 2.0]
    assert rated.broken == ()


def test_a_table_may_name_category_theme_split_licence_and_votes(write: Write) -> None:
    rows = [
        "v0,v2,v1,group,category,CC0,split,score,path",
        "1,3,2,g1,sea,yes,train,0.7,a.jpg",
        "0,0,9,,,no,,0.2,sub/b.jpg",
    ]
    rated = read_ratings(write("mine.csv", rows, ["a.jpg", "images/sub/b.jpg"]))
    assert rated.score.tolist() == [0.7, 0.2]
    assert rated.votes is not None
    assert rated.votes.tolist() == [[1, 2, 3], [0, 9, 0]]
    assert rated.vote_values is not None
    assert rated.vote_values.tolist() == [0, 1, 2]
    assert rated.theme.tolist() == ["g1", "sub/b.jpg"]
    assert rated.category.tolist() == ["sea", ""]
    assert rated.split.tolist() == ["train", ""]
    assert rated.is_free.tolist() == [True, False]


def test_paths_count_from_the_table_and_may_step_outside(write: Write, tmp_path: Path) -> None:
    rows = ["path,score", "../a.jpg,1", f"{tmp_path / 'b.jpg'},2", "./c.jpg,3", "c.jpg,4"]
    rated = read_ratings(write("sub/mine.csv", rows, ["a.jpg", "b.jpg", "sub/c.jpg"]))
    assert rated.paths == (tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "sub" / "c.jpg")
    assert broken(rated) == {5: "'c.jpg' is rated in line 4 already"}


def test_a_broken_first_row_of_a_table_without_header_is_not_taken_for_one(write: Write) -> None:
    rated = read_ratings(write("mine.csv", ["a.jpg,good", "b.jpg,2"], ["a.jpg", "b.jpg"]))
    assert names(rated) == ["b.jpg"]
    assert broken(rated) == {1: "'good' is not a number"}


def test_an_open_quote_spoils_only_its_own_row(write: Write) -> None:
    rows = ["path,score", '"a.jpg,1', "b.jpg,2"]
    rated = read_ratings(write("mine.csv", rows, ["a.jpg", "b.jpg"]))
    assert names(rated) == ["b.jpg"]
    assert broken(rated)[2].startswith("cannot be split into fields")


@pytest.mark.parametrize("text", ["nan", "-inf", "1e999", "", "1_0", "0x10", "1,5"])
def test_what_is_not_a_finite_number_breaks_the_row(write: Write, text: str) -> None:
    rows = ["path,score", f'a.jpg,"{text}"', "b.jpg,2"]
    assert list(broken(read_ratings(write("mine.csv", rows, ["a.jpg", "b.jpg"])))) == [2]


@pytest.mark.parametrize("name", ["x" * 5000, "a\x1b[31m.jpg", "images", ".", "a\t.jpg"])
def test_strange_names_of_pictures_are_broken_rows_in_printable_words(
    write: Write, name: str
) -> None:
    rows = ["path,score", f"{name},1", "images/b.jpg,2", ",3"]
    rated = read_ratings(write("mine.csv", rows, ["images/b.jpg"]))
    assert list(broken(rated)) == [2, 4]
    assert broken(rated)[2].isprintable()
    assert len(broken(rated)[2]) < 120


def test_votes_beyond_counting_break_the_row(write: Write) -> None:
    rows = ["path,v1,v2", "a.jpg,1e308,1e308", "a.jpg,0.5,1.5"]
    rated = read_ratings(write("mine.csv", rows, ["a.jpg"]))
    assert rated.score.tolist() == [1.75]
    assert broken(rated) == {2: "has more votes than can be counted"}


def test_a_text_without_end_does_not_swell_its_column(write: Write) -> None:
    rows = ["path,score,theme", f"a.jpg,1,{'t' * 5000}", "b.jpg,2,t"]
    rated = read_ratings(write("mine.csv", rows, ["a.jpg", "b.jpg"]))
    assert "more than 200 characters" in broken(rated)[2]
    assert rated.theme.itemsize == 4


# bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("end", ["", "\r"])
def test_encodings_and_line_ends_do_not_matter(write: Write, encoding: str, end: str) -> None:
    rows = [f"path,score,theme{end}", f"é.jpg,1,Fluß{end}", f"b.jpg,2,Berg{end}"]
    rated = read_ratings(write("mine.csv", rows, ["é.jpg", "b.jpg"], encoding))
    assert names(rated) == ["é.jpg", "b.jpg"]
    assert rated.theme.tolist() == ["Fluß", "Berg"]
    assert rated.broken == ()


def test_a_latin_1_line_among_utf_8_ones_is_read_as_such(write: Write) -> None:
    table = write("mine.csv", ["path,score"], ["é.jpg", "ö.jpg"])
    table.write_bytes("path,score\né.jpg,1\n".encode() + "ö.jpg,2\n".encode("latin-1"))
    assert names(read_ratings(table)) == ["é.jpg", "ö.jpg"]


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(b"\x89PNG\0\0\0\x01,\n" * 50)
    with pytest.raises(SourceError, match="is not a text file"):
        read_ratings(tmp_path / "mine.csv")


def test_size_is_bounded(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write("mine.csv", ["path,score", *["a.jpg,1"] * 100], ["a.jpg"])
    assert len(read_ratings(table)) == 1
    monkeypatch.setattr(lines, "MAX_LINES", 50)
    with pytest.raises(SourceError, match="more than 50 lines"):
        read_ratings(table)
    monkeypatch.setattr(lines, "MAX_BYTES", 100)
    with pytest.raises(SourceError, match="is larger than"):
        read_ratings(table)


# nothing to use ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (["path,score", "a.jpg,1", "b.jpg,2"], "line 2: the picture 'a.jpg' is not there"),
        (["", "path,score", "", "a.jpg,x"], "line 4: 'x' is not a number"),
        (AVA_LINES, "line 1: the picture '953619.jpg' is not there"),
        ([f"{URL}a.jpg;0;10"], "line 1: has no faves"),
        (["path,score"], "has a header but no rows"),
        ([], "is empty"),
        (["", "  "], "is empty"),
        (["photo_id,quality,width", "7,0.5,640"], "names no columns that are known"),
        (["just some words", "of no meaning at all"], "names no columns that are known"),
        (["score,rank", "0.5,1"], "names no columns that are known"),
    ],
)
def test_a_set_without_a_good_row_is_refused_in_one_line(
    write: Write, rows: Iterable[str], reason: str
) -> None:
    table = write("list.txt", rows)
    with pytest.raises(SourceError) as caught:
        read_ratings(table)
    message = str(caught.value)
    assert message.startswith(f"{table}: ")
    assert reason in message
    assert message.isprintable()


def test_a_folder_gives_its_only_table(write: Write, tmp_path: Path) -> None:
    write("some.tsv", ["a.jpg\t1"], ["a.jpg"])
    assert read_ratings(tmp_path).name == "some"


def test_a_folder_without_one_table_is_refused_by_name(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no table of ratings"):
        read_ratings(tmp_path)
    write("one.csv", ["a.jpg,1"], ["a.jpg"])
    write("two.csv", ["a.jpg,1"])
    with pytest.raises(UsageError, match=r"several tables \(one.csv, two.csv\)"):
        read_ratings(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FramepickError, match=r"no\.csv: does not exist"):
        read_ratings(tmp_path / "no.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.csv")
    with pytest.raises(SourceError, match="not a regular file"):
        read_ratings(tmp_path / "mine.csv")


# the value and its folds ---------------------------------------------------------------------


def test_rows_are_chosen_by_position_or_mask(write: Write) -> None:
    table = write("AVA.txt", AVA_LINES, [f"{line.split()[1]}.jpg" for line in AVA_LINES])
    rated = read_ratings(table)
    backwards = rated.select([2, 0])
    assert names(backwards) == ["954184.jpg", "953619.jpg"]
    assert backwards.score.tolist() == rated.score[[2, 0]].tolist()
    assert backwards.votes is not None
    assert backwards.votes.shape == (2, 10)
    assert len(backwards.theme) == len(backwards.is_free) == 2
    same = rated.select(rated.score >= 0)
    assert same.paths == rated.paths
    assert len(rated.select(rated.score > 99)) == len(rated.select([])) == 0


def test_columns_that_do_not_fit_are_refused(write: Write) -> None:
    rated = read_ratings(write("mine.csv", ["a.jpg,1", "b.jpg,2"], ["a.jpg", "b.jpg"]))
    with pytest.raises(ValueError, match=r"score must be \(1,\)"):
        RatedSet(
            rated.name, rated.paths[:1], rated.score, None, None, rated.category, rated.theme,
            rated.split, rated.is_free, (),
        )  # fmt: skip


def test_no_theme_is_in_two_folds_and_folds_are_even() -> None:
    generator = np.random.default_rng(0)
    themes = generator.choice([f"t{i}" for i in range(120)], 500)
    folds = theme_folds(themes, 5, seed=3)
    assert folds.shape == (500,)
    for theme in np.unique(themes):
        assert len(np.unique(folds[themes == theme])) == 1
    sizes = np.bincount(folds)
    assert len(sizes) == 5
    assert np.ptp(sizes) <= np.unique(themes, return_counts=True)[1].max()


def test_folds_are_those_of_the_seed() -> None:
    themes = np.array([f"t{i % 40}" for i in range(300)])
    assert np.array_equal(theme_folds(themes, 5, 1), theme_folds(themes, 5, 1))
    assert not np.array_equal(theme_folds(themes, 5, 1), theme_folds(themes, 5, 2))
    # the figures of earlier weights were measured with these
    small = np.array(["a", "b", "b", "c", "d", "d", "d", "e"])
    assert theme_folds(small, 2, 0).tolist() == [1, 1, 1, 0, 0, 0, 0, 1]


def test_fewer_themes_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="2 themes cannot be shared out to 3 folds"):
        theme_folds(np.array(["a", "b", "a"]), 3, 0)
