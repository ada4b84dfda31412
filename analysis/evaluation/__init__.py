"""Evaluate the metrics on drawn people and photographs (``scripts/evaluate``)."""
