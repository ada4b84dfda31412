"""Measure faces and build tables.

It never imports PsychoPy. Of `experiment` it imports `experiment.record` alone.
"""
