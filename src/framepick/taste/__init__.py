"""Tastes of people, learnt from likes and dislikes over vectors that are there."""
