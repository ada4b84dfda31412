"""Fit a face model to landmarks: camera, head pose, identity and expression."""
