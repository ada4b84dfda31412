"""What the page Review shows of recorded sessions, as values; its commands."""
