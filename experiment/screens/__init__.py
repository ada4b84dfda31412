"""Screens as values, the screens of each step, and their pixels."""
