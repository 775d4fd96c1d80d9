"""What is written: stills, tables, picks."""
