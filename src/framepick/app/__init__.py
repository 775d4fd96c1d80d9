"""The app: pages in a browser for people who would rather look than type.

It calls what the command line calls, and draws the result; what is scored, picked and written is
decided in the core.
"""
