"""The language of protocol files: YAML with places, schema, texts and messages."""
