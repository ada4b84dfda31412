"""Live feedback: measure the newest camera frame in a process of its own, and show a trainee how close they are."""
