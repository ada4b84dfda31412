"""Figures of faces over time: one trial, the mean of a condition, all trials."""
