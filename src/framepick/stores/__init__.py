"""Object stores: what is listed in them, read from them and written to them."""

from framepick.stores.store import Store, store_of

__all__ = ["Store", "store_of"]
