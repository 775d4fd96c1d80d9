"""Names of still files: templates, clashes, and what file systems refuse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from framepick.config import ImageFormat, OutputConfig
from framepick.outputs.stills.naming import still_names
from framepick.outputs.stills.sidecars import sidecar_names
from tests.kept import CLOCK, DROP_CLOCK, pick_at, result_of

HOSTILE_STEMS = [
    "x" * 240,
    "ü" * 120,
    "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{FAMILY}" * 25,
    "..",
    "../../etc/passwd",
    "a\\b:c*d?e|f",
    "CON",
    "nul.tar",
    "com1",
    "<script>alert('x')</script>",
    "two\nlines\tand\x1b[31m\x00",
    "broken \udcff\udc80 bytes",
    "-rf",
    ".hidden",
    " . ",
    "turned \u202egnp.exe",
    "trailing. . ",
]


def name_of(source: str, time_seconds: float = 12.345, **rules: Any) -> str:
    return still_names(result_of(source, pick_at(time_seconds)), OutputConfig(**rules), CLOCK)[1]


def test_the_default_name_holds_stem_rank_and_time() -> None:
    assert name_of("clip.mp4") == "clip_01_00-00-12.345.jpg"
    assert name_of("clip.mp4", 3 * 3600 + 61.0004) == "clip_01_03-01-01.000.jpg"


def test_every_field_of_a_template_says_its_own() -> None:
    template = "{stem} {rank:03} {time} {timecode} {ms:08} {pts} {frame} {score:.2f} {{x}}"
    assert name_of("clip.mp4", name=template) == (
        "clip 001 00-00-12.345 01-00-12-10 00012345 1111050 370 1.23 {x}.jpg"
    )


def test_drop_frame_time_code_has_no_semicolon_in_a_name() -> None:
    result = result_of("clip.mp4", pick_at(61.0))
    assert still_names(result, OutputConfig(name="{timecode}"), DROP_CLOCK)[1] == "01-01-01-00.jpg"


@pytest.mark.parametrize(
    ("image", "ending"),
    [("jpeg", ".jpg"), ("png", ".png"), ("webp", ".webp"), ("tiff", ".tif"), ("avif", ".avif")],
)
def test_each_format_has_its_ending(image: ImageFormat, ending: str) -> None:
    assert name_of("clip.mp4", image=image).endswith(f".345{ending}")


@pytest.mark.parametrize("stem", HOSTILE_STEMS)
@pytest.mark.parametrize("template", ["{stem}_{rank:02}_{time}", "{stem}", "{rank}{stem:_>60}"])
def test_any_stem_gives_a_name_that_file_systems_take(
    stem: str, template: str, tmp_path: Path
) -> None:
    path = Path("folder") / "clip.mp4"
    source = result_of("x", pick_at(12.345))
    object.__setattr__(source, "source", _WithStem(path, stem))
    name = still_names(source, OutputConfig(name=template), CLOCK)[1]
    for file in (name, *sidecar_names(name, "both")):
        assert len(file.encode()) <= 240
        (tmp_path / file).write_bytes(b"x")
        assert (tmp_path / file).parent == tmp_path
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in '<>:"/\\|?*\u202e' for c in name)
    assert name[0] not in ".- "
    assert name.split(".")[0].lower() not in {"con", "nul", "com1"}
    base = name.removesuffix(".jpg")
    assert base == base.rstrip(" .")
    assert base


class _WithStem(type(Path())):  # type: ignore[misc]
    """A path that claims a stem, also one that this file system has no file for."""

    def __new__(cls, path: Path, stem: str) -> _WithStem:
        made: _WithStem = super().__new__(cls, path)
        made.claimed = stem
        return made

    @property
    def stem(self) -> str:
        return str(self.claimed)


def test_a_long_stem_gives_way_and_rank_and_time_stay() -> None:
    name = name_of("ü" * 120 + ".mp4")
    assert name.endswith("ü_01_00-00-12.345.jpg")
    assert 230 <= len(name.encode()) + len(".xmp") <= 240


def test_bytes_that_are_not_utf8_become_underscores() -> None:
    assert name_of(os.fsdecode(b"caf\xe9.mp4")) == "caf__01_00-00-12.345.jpg"


def test_picks_with_one_name_are_numbered_by_rank() -> None:
    picks = [pick_at(float(rank), rank) for rank in (2, 1, 3)]
    names = still_names(result_of("clip.mp4", *picks), OutputConfig(name="{stem}"), CLOCK)
    assert names == {1: "clip.jpg", 2: "clip-2.jpg", 3: "clip-3.jpg"}


def test_numbers_leave_room_in_the_longest_names() -> None:
    picks = [pick_at(1.0, rank) for rank in range(1, 13)]
    names = still_names(result_of("x" * 250 + ".mp4", *picks), OutputConfig(name="{stem}"), CLOCK)
    assert len(set(names.values())) == 12
    assert max(len(name) + len(".xmp") for name in names.values()) == 240


def test_no_still_takes_the_name_of_another_file_of_the_result_whatever_its_case() -> None:
    assert name_of("Contact-Sheet.mp4", name="{stem}") == "Contact-Sheet-2.jpg"
    assert name_of("Contact-Sheet.mp4", name="{stem}", image="png") == "Contact-Sheet.png"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{stem}/{rank}", "folder separator"),
        ("{stem}\\{rank}", "folder separator"),
        ("{rank:/>4}", "folder separator"),
        ("{date}", "use stem, rank, time"),
        ("{}", "use stem, rank, time"),
        ("{0}", "use stem, rank, time"),
        ("{stem.parent}", "use stem, rank, time"),
        ("{stem[0]}", "use stem, rank, time"),
        ("{stem!r}", "leave it out"),
        ("{rank:{pts}}", "no format"),
        ("{rank:999999999}", "no format"),
        ("{score:.999999f}", "no format"),
        ("{pts:c}", "no format"),
        ("{rank:n}", "no format"),
        ("{stem:02d}", "stem is text"),
        ("{score:d}", "score is a number"),
        ("{stem", "expected '}' before end of string; write {{ and }}"),
        ("}", "Single '}'"),
        ("", "empty"),
        (" . ", "empty"),
        ("x" * 200, "shorter"),
        ("{rank:99}{rank:99}", "shorter"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_with_the_way_out(
    template: str, said: str
) -> None:
    with pytest.raises(ValueError, match="name template") as caught:
        OutputConfig(name=template)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"quality": 0}, "between 1 and 100, not 0"),
        ({"quality": 101}, "between 1 and 100, not 101"),
        ({"depth": 16}, "jpeg has no 16 bits per channel; choose png or tiff"),
        ({"depth": 16, "image": "avif"}, "choose png or tiff"),
        ({"depth": 12, "image": "png"}, "8 or 16"),
        ({"image": "gif"}, "jpeg, png, webp, tiff, avif"),
        ({"sidecar": "bridge"}, "none, lightroom, darktable, both"),
        ({"markers": ("otio", "edl")}, "otio, fcpxml, fcp7, resolve, csv"),
        ({"table": "xlsx"}, "parquet, csv"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused_with_the_way_out(
    rules: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=r"must|choose") as caught:
        OutputConfig(**rules)
    assert said in str(caught.value)


def test_sidecars_follow_the_two_customs() -> None:
    assert sidecar_names("a.b.jpg", "lightroom") == ["a.b.xmp"]
    assert sidecar_names("a.b.jpg", "darktable") == ["a.b.jpg.xmp"]
    assert sidecar_names("a.b.jpg", "both") == ["a.b.xmp", "a.b.jpg.xmp"]
    assert sidecar_names("a.b.jpg", "none") == []
