"""Ports of the devices of a session; each has a real and a simulated implementation."""
