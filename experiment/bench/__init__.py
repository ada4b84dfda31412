"""Measures what a session can be trusted with on this machine: ``scripts/bench session``."""
