"""Small videos that the project made itself, and the tools that make them."""
