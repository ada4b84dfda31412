"""After training: the learning curve of each target, before and after, and what came nearer to the target."""
