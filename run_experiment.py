"""Entry point of the laboratory program: ``python run_experiment.py COMMAND``."""

from experiment.cli import main

if __name__ == "__main__":
    main()
