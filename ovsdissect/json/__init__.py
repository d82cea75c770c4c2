"""A message as a JSON object, and the JSON Schema of it."""
