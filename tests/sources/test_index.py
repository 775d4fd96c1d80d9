"""The packets of a file, as they are counted before anything is decoded."""

from __future__ import annotations

from pathlib import Path

import pytest

from framepick.errors import SourceError
from framepick.sources import index
from framepick.sources.containers import open_container, video_streams


def test_a_file_of_more_frames_than_are_indexed_is_refused(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_container(str(clip)) as container:
        [found] = index.index_packets(container, video_streams(container), lambda: None)
    assert len(found) == 90
    monkeypatch.setattr(index, "MAX_FRAMES", 89)
    with (
        open_container(str(clip)) as container,
        pytest.raises(SourceError, match="has more than 89 frames"),
    ):
        index.index_packets(container, video_streams(container), lambda: None)
