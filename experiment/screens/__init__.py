"""Screens as values, what each step of a plan looks like, and both as pixels without a window."""
