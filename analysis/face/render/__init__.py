"""Draw faces off screen."""
