"""A whole study of drawn people who watch moving faces."""
