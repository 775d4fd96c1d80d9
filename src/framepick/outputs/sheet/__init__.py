"""The contact sheet: the picks of one video on one page."""
