"""Picked frames as picture files: their names, their pixels and the facts inside them."""
