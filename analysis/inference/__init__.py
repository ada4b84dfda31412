"""Estimates with intervals, and tests by permutation."""
