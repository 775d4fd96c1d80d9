"""What is written of a collection of photos."""
