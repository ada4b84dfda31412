"""Judge lag, congruency and contrast with films of drawn people."""
