"""Devices of a session as small ports, with a real and a simulated implementation each."""
