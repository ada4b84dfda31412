"""The errors measuring a face can meet.

::

    AnalysisError            one sentence: what was expected, what came, what to do
    ├── ImageError           the file is no picture we can read
    ├── FaceModelError       a face model is missing, damaged, or lacks what is asked of it
    ├── DataSetError         (analysis.errors) a data set, manifest or table cannot be used
    └── FaceError            the picture is readable but its face cannot be measured
        ├── NoFaceError
        ├── SeveralFacesError
        ├── FaceTooSmallError
        ├── FaceTurnedError
        ├── FaceBlurredError
        └── FitError         landmarks were found, but no face fits them
"""


class AnalysisError(Exception):
    """Base of everything `analysis` raises on purpose; its text is one sentence a user can act on."""


class ImageError(AnalysisError):
    """The file is no picture that can be read."""


class FaceModelError(AnalysisError):
    """A face model is missing, damaged, or lacks what is asked of it."""


class FaceError(AnalysisError):
    """The picture is readable, but its face cannot be measured; ``reason`` goes into lists of exclusions."""

    reason = "face"


class NoFaceError(FaceError):
    """No face was found."""

    reason = "no-face"


class SeveralFacesError(FaceError):
    """More than one face was found, and none may be chosen silently."""

    reason = "several-faces"


class FaceTooSmallError(FaceError):
    """The distance between the eyes is too small to measure an expression."""

    reason = "too-small"


class FaceTurnedError(FaceError):
    """The head is turned too far from the camera."""

    reason = "turned"


class FaceBlurredError(FaceError):
    """The face is too blurred."""

    reason = "blurred"


class FitError(FaceError):
    """Landmarks were found, but no face of the model fits them."""

    reason = "fit"
