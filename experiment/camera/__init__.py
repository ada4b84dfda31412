"""Cameras behind one port, the ring of recent frames, the frame of a key press."""
