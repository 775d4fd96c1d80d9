"""Displays of a live session: the terminal, a web page, a window."""
