"""Parts of a batch for job arrays: each file belongs to one part, whoever asks (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard `number`, from 1, of `count` shards."""

    number: int = 1
    count: int = 1

    def holds(self, key: str) -> bool:
        """Tell whether the file that is known by `key` belongs to this shard."""
        digest = blake2b(key.encode(), digest_size=8).digest()
        return int.from_bytes(digest) % self.count == self.number - 1


WHOLE = Shard()
"""All files."""
