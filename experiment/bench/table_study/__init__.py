"""The tables of a large study of drawn people."""
