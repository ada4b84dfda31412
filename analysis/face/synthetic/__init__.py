"""Drawn people whose identity, expression and pose are known."""
