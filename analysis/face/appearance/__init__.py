"""What a face looks like between its landmarks: pictures laid on one map of the face, and what changes on it."""
