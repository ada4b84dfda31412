"""The commands of `python -m analysis`, one a file; each imports what it needs when it runs."""
