"""Judge the measurement of films: drawn people whose movements are known."""
