"""The commands of `run_experiment.py`, one a file; each imports what it needs when it runs."""
