"""`framepick` that notes each film it decodes in the file that FRAMEPICK_DECODED names."""

from __future__ import annotations

import os
from pathlib import Path

from framepick.cli import main
from framepick.processing import FrameProcessor
from framepick.types import FrameRequest

_process = FrameProcessor.process


def _noted(self: FrameProcessor, request: FrameRequest) -> None:
    with open(os.environ["FRAMEPICK_DECODED"], "a", encoding="utf-8") as file:
        file.write(f"{Path(self.source.info.name).name}\n")
    _process(self, request)


if __name__ == "__main__":
    FrameProcessor.process = _noted  # type: ignore[method-assign]
    main()
