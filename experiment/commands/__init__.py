"""The commands of `run_experiment.py`; each imports its modules when it runs."""
