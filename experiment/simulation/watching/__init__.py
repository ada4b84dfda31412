"""Faces of persons who watch: reactions, unrelated movements, attention probes."""
