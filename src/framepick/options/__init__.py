"""The options of the command line: their names, bounds and help texts, by panel of the help."""
