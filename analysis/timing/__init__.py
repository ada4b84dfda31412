"""Timing precision of sessions: a figure per session, a verdict per trial; no face is measured."""
