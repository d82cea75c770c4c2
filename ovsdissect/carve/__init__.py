"""A smaller capture out of a capture: which records it needs, and how they are written."""
