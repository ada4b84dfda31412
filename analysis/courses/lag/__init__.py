"""Lag of one face behind another: windowed lagged cross-correlation, and pseudo-pairs as its null distribution."""
