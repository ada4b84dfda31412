"""Figures of faces and scores for papers."""
