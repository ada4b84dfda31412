"""Appearance of a face between its landmarks: pictures on one chart of the face, and changes on it."""
