"""``python -m analysis COMMAND``."""

from analysis.cli import main
from analysis.terminal import limit_threads

if __name__ == "__main__":
    limit_threads()
    main()
