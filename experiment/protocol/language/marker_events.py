"""Names of the events that a session can send as markers."""

MARKER_EVENTS = (
    "session-start",
    "session-end",
    "block-start",
    "calibration",
    "fixation",
    "target",
    "response",
    "timeout",
    "rating",
    "pause",
    "resume",
)
