"""The live camera picture before a session; nothing of it is kept."""
