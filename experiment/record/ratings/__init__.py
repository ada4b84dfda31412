"""Judgements of recorded trials by people who rate their frames."""
