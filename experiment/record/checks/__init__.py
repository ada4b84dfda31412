"""Checks of a data set: before a session, and what a record cannot prove.

`dataset_rules`, `preconditions`, `sources` and `replan`: what a new or resumed session must have in common with its
data set. `session_clock`, `plausibility`, `unverifiable` and `strays`: impossible times, records without hashes,
copies and renamed folders. `experiment.record.verification` compares a whole data set with its journals.
"""
