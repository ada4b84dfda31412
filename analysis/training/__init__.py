"""Results of training: learning curves and changes per target."""
