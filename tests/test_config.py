"""Configurations: checked when made, and named by their values."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from framepick.config import (
    OutputConfig,
    PickConfig,
    RefineConfig,
    TimeRange,
    VideoConfig,
    config_from,
    config_hash,
)

CONFIG = VideoConfig(PickConfig(8, 0.5), "fast", 30.0, None, OutputConfig(markers=("otio",)))
WISHES = PickConfig(
    8,
    0.5,
    ranges=(TimeRange(1, "01:00:10:05"),),
    excluded=(TimeRange(None, 2.5),),
    included=(3.5, "01:00:02:00"),
    pinned=(7, 8),
    vetoed=(9,),
)


def test_a_hash_is_the_same_in_every_process() -> None:
    code = (
        "from framepick.config import *\n"
        "print(config_hash(VideoConfig(PickConfig(8, 0.5), 'fast', 30.0, None,"
        " OutputConfig(markers=('otio',)))))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert output.strip() == config_hash(CONFIG)


@pytest.mark.parametrize(
    "changes",
    [
        {"pick": PickConfig(9, 0.5)},
        {"pick": PickConfig(8, 0.25)},
        {"pick": PickConfig(8, 0.5, keep_titles=True)},
        {"pick": PickConfig(8, 0.5, prefer="scenery")},
        {"pick": PickConfig(8, 0.5, ranges=(TimeRange(1.0),))},
        {"pick": PickConfig(8, 0.5, vetoed=(3,))},
        {"plan": "exact"},
        {"budget_seconds": None},
        {"refine": RefineConfig()},
        {"output": OutputConfig(markers=("otio",), quality=90)},
        {"hwaccel": "auto"},
    ],
)
def test_every_other_value_gives_another_hash(changes: dict[str, Any]) -> None:
    assert config_hash(replace(CONFIG, **changes)) != config_hash(CONFIG)


def test_equal_configurations_have_equal_hashes() -> None:
    whole = VideoConfig(PickConfig(5, 2.0), budget_seconds=60.0)
    for pick in (PickConfig(5, 2), PickConfig(np.int64(5), np.float32(2))):  # type: ignore[arg-type]
        config = VideoConfig(pick, budget_seconds=60)
        assert config == whole
        assert config_hash(config) == config_hash(whole)
    no_gap, nothing = (VideoConfig(PickConfig(min_gap_seconds=gap)) for gap in (-0.0, 0.0))
    assert config_hash(no_gap) == config_hash(nothing)


def test_a_configuration_is_read_from_its_json() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"refine": RefineConfig(0.25)},
        {"pick": WISHES},
        {"output": OutputConfig(selects=("otio",), handles_seconds=1, media_root="D:\\x")},
        {"stream": 2, "budget_seconds": None},
    ]
    for change in changes:
        config = replace(CONFIG, **change)
        assert config_from(json.loads(json.dumps(config.as_dict()))) == config


def test_what_another_version_wrote_beside_it_is_left() -> None:
    values = {**CONFIG.as_dict(), "novelty": 1}
    values["pick"] = {**values["pick"], "novelty": 2}
    assert config_from(values) == CONFIG


@pytest.mark.parametrize("values", [{}, {"pick": {"count": 0}}, {"pick": 3, "refine": 0}])
def test_what_is_no_configuration_is_an_error(values: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        config_from(values)


def test_seconds_of_a_range_are_numbers_with_a_fraction() -> None:
    values = replace(CONFIG, pick=WISHES).as_dict()["pick"]
    assert json.dumps(values["ranges"]) == '[{"start": 1.0, "end": "01:00:10:05"}]'
    assert values["excluded"] == [{"start": None, "end": 2.5}]


def test_numbers_are_numbers_in_json() -> None:
    values = json.loads(json.dumps(CONFIG.as_dict()))
    assert values["pick"] == {
        "count": 8,
        "min_gap_seconds": 0.5,
        "duplicate_distance": 0.03,
        "variety": 0.5,
        "per_shot": None,
        "per_scene": None,
        "keep_titles": False,
        "prefer": "auto",
        "ranges": [],
        "excluded": [],
        "included": [],
        "pinned": [],
        "vetoed": [],
    }
    assert values["budget_seconds"] == 30.0
    assert values["refine"] is None
    assert values["output"]["markers"] == ["otio"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: PickConfig(0),
        lambda: PickConfig(1.5),  # type: ignore[arg-type]
        lambda: PickConfig(float("nan")),  # type: ignore[arg-type]
        lambda: PickConfig(min_gap_seconds=float("inf")),
        lambda: PickConfig(duplicate_distance=3),
        lambda: PickConfig(prefer="animals"),  # type: ignore[arg-type]
        lambda: VideoConfig(PickConfig(prefer="people"), refine=None),
        lambda: RefineConfig(reach_seconds=-1),
        lambda: RefineConfig(reach_seconds=float("nan")),
        lambda: RefineConfig(apart_seconds=float("inf")),
        lambda: RefineConfig(equal_sharpness=0),
        lambda: RefineConfig(equal_sharpness=1),
        lambda: VideoConfig(stream=-1),
        lambda: VideoConfig(stream=1.5),  # type: ignore[arg-type]
        lambda: OutputConfig(image="gif"),  # type: ignore[arg-type]
        lambda: OutputConfig(depth=16),
        lambda: VideoConfig(plan="slow"),  # type: ignore[arg-type]
        lambda: VideoConfig(hwaccel="abacus"),  # type: ignore[arg-type]
        lambda: VideoConfig(budget_seconds=0.0),
        lambda: VideoConfig(budget_seconds=float("nan")),
    ],
)
def test_values_that_cannot_be_are_refused(call: Any) -> None:
    with pytest.raises(ValueError, match=r"must|has no"):
        call()
