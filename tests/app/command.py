"""The command line in this process."""

from __future__ import annotations

from typer.testing import CliRunner

import framepick.cli


def run(*words: object) -> int:
    """Run `framepick` with these words; give its exit code."""
    return CliRunner().invoke(framepick.cli.app, list(map(str, words))).exit_code
