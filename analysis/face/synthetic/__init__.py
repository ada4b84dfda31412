"""Drawn people whose identity, expression and head pose are known."""
