"""How long tests wait for what has to come."""

from __future__ import annotations

SLOW = 180.0
"""Seconds that a busy machine may take."""
