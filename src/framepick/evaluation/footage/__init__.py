"""Measures how well scores and picks agree with the ratings of frames of real videos."""
