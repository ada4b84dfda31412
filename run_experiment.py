"""Entry point of everything that happens in the laboratory: ``python run_experiment.py COMMAND``."""

from experiment.cli import main

if __name__ == "__main__":
    main()
