"""A whole study of drawn people who watch moving faces: from the record to tables and figures."""
