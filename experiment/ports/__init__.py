"""Interfaces of the devices of a session, each with a real and a simulated one."""
