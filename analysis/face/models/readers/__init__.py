"""Readers of face-model files, one format a file; all return a FaceModel."""
