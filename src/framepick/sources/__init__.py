"""Where frames come from: video files, photos."""
