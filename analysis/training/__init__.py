"""Results of training: the learning curve of each target, and what came nearer to the target."""
