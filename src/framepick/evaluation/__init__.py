"""Measuring an eye: against people's ratings, on fault pairs, on clips and on stored copies."""
