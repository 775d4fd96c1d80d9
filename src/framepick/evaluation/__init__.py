"""Measures an aesthetic model: against ratings, on pairs of distortions, on clips and on copies."""
