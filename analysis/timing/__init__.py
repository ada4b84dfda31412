"""Timing precision of sessions: a figure per session, a verdict per trial.

No face is measured.
"""
