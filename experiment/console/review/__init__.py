"""What the page Review shows of recorded sessions, as values; results and the commands that make them."""
