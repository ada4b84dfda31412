"""Prepare a session: preflight, devices, process priority, rendered targets."""
