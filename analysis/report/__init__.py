"""The report: HTML pages about a data set, complete in themselves."""
