"""Protocol files: load and check them, and plan the session of one participant."""
