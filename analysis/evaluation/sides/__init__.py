"""Evaluate the strength of single movements and of sides on drawn people with a palsy of one side."""
