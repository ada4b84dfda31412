"""Names of the events that a session can send as markers."""

MARKER_EVENTS = (
    "session-start",
    "session-end",
    "block-start",
    "calibration",
    "fixation",
    "baseline",
    "target",
    "target-end",
    "probe",
    "probe-response",
    "response",
    "timeout",
    "rating",
    "question",
    "pause",
    "resume",
)
