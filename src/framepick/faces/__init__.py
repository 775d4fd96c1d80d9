"""Faces in a picture: where they are, and their points. Never who they are."""
