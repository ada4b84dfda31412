"""Cameras, the ring of recent frames, and the frame of a key press or hold."""
