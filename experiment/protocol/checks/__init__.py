"""Checks of a protocol that need more than one key, one file a topic."""
