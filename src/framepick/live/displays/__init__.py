"""Displays of a live session that need nothing but the standard library."""
