"""Evaluate single movements on drawn people with a palsy of one side."""
