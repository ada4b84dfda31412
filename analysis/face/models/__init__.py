"""Face models: their readers, the registry of installed models and the model that ships."""
