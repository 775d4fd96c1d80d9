"""What tests of batches share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny import tiny_weights


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give weights of a network that is small enough for many runs."""
    return tiny_weights(tmp_path_factory.mktemp("weights"))
