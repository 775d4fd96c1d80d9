"""Explanations of pictures: heat maps, words and files."""
