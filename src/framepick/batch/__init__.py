"""Many videos: found, worked on by processes, and kept account of, so that nothing is lost."""
