"""Measure faces and build tables. Imports no PsychoPy; of `experiment` it knows `experiment.record` alone."""
