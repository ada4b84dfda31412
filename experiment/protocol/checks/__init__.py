"""Checks of a protocol that need more than one key."""
