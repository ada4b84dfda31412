"""Screens as values, the screens of each step of a plan, and their pixels without a window."""
