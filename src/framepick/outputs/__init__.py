"""The files that are written of a video: stills, picks.json, tables, report, markers."""
