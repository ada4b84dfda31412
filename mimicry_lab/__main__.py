"""Run ``mimicry`` as ``python -m mimicry_lab COMMAND``."""

from mimicry_lab.cli import main

if __name__ == "__main__":
    main()
