"""Similarity of two measured expressions: metrics and their components."""
