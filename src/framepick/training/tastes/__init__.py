"""Simulated people: what tastes are measured with, and what the parts of them are made with."""
