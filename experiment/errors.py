"""The errors of the laboratory program.

::

    ExperimentError      base; the text is one sentence: what was expected, what was found, what to do
    ├── ProtocolError    a protocol file has errors; carries every problem with its place
    ├── DisplayError     the display cannot be opened or does not match the protocol
    ├── CameraError      the camera cannot be opened, or stopped
    │   └── PictureFileError  a picture that is played as a camera cannot be read
    ├── SoundError       the sound of a clip cannot be played
    └── SessionError     the session is already recorded, cannot be resumed, ...

    RecordError          (experiment.record.errors) the data set cannot be written or read

Each command prints the sentence on standard error, without a traceback, and exits with status 1 (2 for wrong usage).
"""


class ExperimentError(Exception):
    """Base of the errors that `experiment` raises on purpose."""


class ProtocolError(ExperimentError):
    """A protocol file has errors."""


class DisplayError(ExperimentError):
    """The display cannot be opened or does not match the protocol."""


class CameraError(ExperimentError):
    """The camera cannot be opened, or stopped."""


class PictureFileError(CameraError):
    """A picture that is played as a camera cannot be read; no cable is to blame."""


class SoundError(ExperimentError):
    """The sound of a clip cannot be played."""


class SessionError(ExperimentError):
    """The session cannot be started or resumed as asked."""
