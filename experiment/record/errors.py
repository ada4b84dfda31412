"""The error of the record, apart from the other errors so that the analysis can know it."""


class RecordError(Exception):
    """The data set cannot be written or read; the text is one sentence a user can act on."""
