"""A batch whose files or results are in an object store."""
