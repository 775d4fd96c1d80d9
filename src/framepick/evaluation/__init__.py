"""Evaluates an aesthetic model: agreement, distortion pairs, steadiness and robustness."""
