"""Lag of one face behind another, and its null distribution."""
