"""Estimates of a study: duration, trials, camera frames, disk space."""
