"""The commands of `run_experiment.py`, one per file; each imports its modules when it runs."""
