"""Live sources: cameras, network streams, and files that are played as if live."""

from framepick.sources.live.addresses import Address, address_of
from framepick.sources.live.client import CaptureClient, LiveFrame

__all__ = ["Address", "CaptureClient", "LiveFrame", "address_of"]
