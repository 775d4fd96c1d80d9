"""Figures that print as ratios in one run."""
