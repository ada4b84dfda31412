"""Live feedback: measure the newest frame and show the similarity."""
