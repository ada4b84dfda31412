"""Protocol files: YAML with places, schema, texts and messages."""
