"""Simulated participants: a camera and a keyboard with a known truth."""
