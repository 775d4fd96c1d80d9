"""A live session in the terminal: what it shows, and the keys that it takes."""
