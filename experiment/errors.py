"""The errors a user of the laboratory program can meet.

::

    ExperimentError      one sentence: what was expected, what came, what to do
    ├── ProtocolError    the protocol file is wrong; carries every problem with its place
    ├── DisplayError     the screen is not what the protocol asks for
    ├── CameraError      the camera cannot be opened, or stopped
    └── SessionError     participant already recorded, nothing to resume, ...

    RecordError          (experiment.record.errors) the data set cannot be written or read; the analysis meets it too

Each command prints the sentence on standard error and exits with status 1 (2 for wrong usage); no traceback.
"""


class ExperimentError(Exception):
    """Base of everything `experiment` raises on purpose; its text is one sentence a user can act on."""


class ProtocolError(ExperimentError):
    """A protocol file is wrong."""


class DisplayError(ExperimentError):
    """The screen cannot be opened or is not what the protocol asks for."""


class CameraError(ExperimentError):
    """The camera cannot be opened, or stopped."""


class SessionError(ExperimentError):
    """The session cannot be started or resumed as asked."""
