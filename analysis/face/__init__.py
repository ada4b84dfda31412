"""From pixels to a 3D face and from two faces to a similarity.

Imports nothing of the experiment.
"""
