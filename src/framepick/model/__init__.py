"""The aesthetic space: networks, heads, the checkpoint and its card."""
