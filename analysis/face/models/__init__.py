"""Face models: readers, the registry, and the model that ships."""
