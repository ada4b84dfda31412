"""Look on at all sessions as the console does, four times a second.

Run as a process of its own. It ends at the end of its input and prints how much it has read, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from experiment.errors import DisplayError
from experiment.record.live_state.pictures import camera_picture, request_pictures, screen_description
from experiment.record.live_state.reading import running_sessions
from experiment.screens.published_screen import draw_published

EVERY_S = 0.25
WIDTH_PX = 320


def look_on(stop: threading.Event) -> dict[str, int]:
    """Read and draw until stopped; return how many were new, and its processor time.

    Parameters
    ----------
    stop
        Set by another thread.
    """
    began_s = time.process_time()
    states, cameras, screens = set[float](), set[float](), set[float]()
    while not stop.wait(EVERY_S):
        for seen in running_sessions():
            states.add(seen.state.updated_utc_s)
            request_pictures(seen.folder)
            camera, screen = camera_picture(seen.folder), screen_description(seen.folder)
            if camera is not None:
                cameras.add(camera.written_utc_s)
            if screen is not None and screen.written_utc_s not in screens:
                screens.add(screen.written_utc_s)
                try:
                    draw_published(screen.content, width_px=WIDTH_PX)
                except DisplayError:  # its pictures were deleted with the session
                    continue
    used_ms = round(1000 * (time.process_time() - began_s))
    return {"states": len(states), "camera_pictures": len(cameras), "screens": len(screens), "cpu_ms": used_ms}


def main() -> None:
    """Look on until the input ends."""
    stop = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        stop.set()

    print("ready", flush=True)
    threading.Thread(target=wait_for_end, daemon=True).start()
    print(json.dumps(look_on(stop)), flush=True)


if __name__ == "__main__":
    main()
