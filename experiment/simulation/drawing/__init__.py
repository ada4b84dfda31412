"""The pictures of a simulated face: drawn by other processes, before they are needed."""
