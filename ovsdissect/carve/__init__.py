"""Makes a smaller capture from a capture: which records it needs, and how they are written."""
