"""``python -m analysis COMMAND``."""

import os

# Before numpy is loaded. The matrices of a fit are so small that threads only wait for each other: on a busy machine a
# fit of one millisecond took a hundred. Work is shared out between processes instead (--jobs).
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from analysis.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
