"""Trial lists and their order."""
