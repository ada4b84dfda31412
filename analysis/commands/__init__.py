"""The commands of `python -m analysis`, one a file.

Each imports what it needs when it runs.
"""
