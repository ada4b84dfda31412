"""Faces over time in films of any program, and in the tables of other programs."""
