"""Live search: watches a camera and keeps its best moments."""
