"""The error of the record, in its own module so that the analysis can import it."""


class RecordError(Exception):
    """The data set cannot be written or read; the message says the remedy."""
