"""Find a face in a picture and its 68 landmarks."""
