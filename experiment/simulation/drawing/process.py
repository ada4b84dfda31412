"""The start of a process that draws faces.

This module imports no numerical library: a library reads its number of threads when it is imported. Its threads wait by
computing, so with two threads a picture costs twice the processor time.
"""

from __future__ import annotations

import multiprocessing
import os
import threading

from analysis.terminal import limit_threads

NICENESS = 10
"""Drawing must not delay the window and the camera."""


def start_drawing_process(model_name: str) -> None:
    """Prepare this process: one thread, low priority, renderer ready.

    A value of ``OPENBLAS_NUM_THREADS`` that the user has set stays.
    """
    threading.Thread(target=_exit_with_session, name="exit with session", daemon=True).start()
    limit_threads()
    os.environ.setdefault("LP_NUM_THREADS", "0")  # Mesa's own threads would compete with the other processes
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    from experiment.simulation.drawing.states import camera_renderer

    camera_renderer(model_name)


def _exit_with_session() -> None:
    """End this process with the session; a killed session cannot end it."""
    session = multiprocessing.parent_process()
    if session is not None:
        session.join()
        os._exit(1)
