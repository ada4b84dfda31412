"""What the page Monitor shows of a running session."""
