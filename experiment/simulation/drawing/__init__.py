"""Pictures of a simulated face, drawn in advance by other processes."""
