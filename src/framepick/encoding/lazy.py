"""An encoder that is loaded when it is first needed: a search that was done before needs none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from framepick.encoding.identity import Identity
from framepick.protocols import Encoder
from framepick.types import Embeddings, FrameBatch, ViewSpec


class LazyEncoder:
    """Known by its identity; what `load` gives encodes, from the first batch on."""

    def __init__(self, identity: Identity, load: Callable[[], Encoder]) -> None:
        self.card = identity.card
        self.runtime = identity.runtime
        self.encoder_id = identity.encoder_id
        self.batch_size = identity.batch_size
        self._load = load
        self._loaded: Future[Encoder] | None = None

    @property
    def view_spec(self) -> ViewSpec:
        return self.card.view

    def prepare(self) -> None:
        """Begin to load what encodes, in a thread; harmless if it was done."""
        if self._loaded is None:
            loader = ThreadPoolExecutor(1, "framepick-encoder-loader")
            self._loaded = loader.submit(self._load)
            loader.shutdown(wait=False)

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode views (N, S, S, 3), after loading what does that.

        Raises
        ------
        UsageError, WeightsError
            The runtime or the weights cannot be used.
        """
        self.prepare()
        assert self._loaded  # noqa: S101 - prepare has made it
        return self._loaded.result().encode(batch)
