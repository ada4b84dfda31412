"""All sessions of a data set together: long tables, designs, statistics."""
