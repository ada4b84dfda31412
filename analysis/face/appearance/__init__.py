"""Appearance of a face between its landmarks.

Pictures on one chart of the face, and changes on it.
"""
