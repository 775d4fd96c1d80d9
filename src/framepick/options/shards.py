"""The shard of a batch as the command line has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from framepick.batch.shards import Shard

_SHARD = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)


def shard_of(text: str) -> Shard:
    """Give the shard that a text such as 3/8 means.

    Raises
    ------
    typer.BadParameter
        The text is no shard, or names one beyond the last.
    """
    from framepick.batch.shards import Shard

    found = _SHARD.fullmatch(text)
    shard = Shard(int(found[1]), int(found[2])) if found else None
    if shard is None or not 1 <= shard.number <= shard.count:
        raise typer.BadParameter(f"{text!r} is no shard; write 1/8 for the first of eight to 8/8")
    return shard
