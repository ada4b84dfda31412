"""Continuous film of the participant: encoded in its own process, with a table of every camera frame."""
