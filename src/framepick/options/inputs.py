"""Video files as arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Inputs = Annotated[list[Path], typer.Argument(readable=False, metavar="VIDEO", help="Video files.")]
Input = Annotated[Path, typer.Argument(readable=False, metavar="VIDEO", help="Video file.")]
