"""Run sessions with real and with simulated participants."""
