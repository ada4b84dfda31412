"""Strength of single movements of the face, left and right."""
