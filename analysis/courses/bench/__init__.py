"""Speed of measuring films."""
