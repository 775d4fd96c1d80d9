"""Sizes of files as people write them: 500M, 2G."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(\d{1,9})\s*([KMGT]?)B?", re.ASCII | re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def bytes_of(text: str) -> int:
    """Give the bytes of a size such as 500M or 2 GB.

    Raises
    ------
    ValueError
        The text says no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size; say 500M or 2G")
    return int(found[1]) << (10 * _POWERS[found[2].upper()])
