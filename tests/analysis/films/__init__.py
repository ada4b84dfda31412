"""Films of any program and tables of other programs."""
