"""Continuous film of the participant, with a table of every camera frame."""
