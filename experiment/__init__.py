"""Run a session: protocol, display, keyboard, camera, record, live feedback, simulated participants."""
