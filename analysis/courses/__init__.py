"""Faces over time: the films of a data set, frame by frame."""
