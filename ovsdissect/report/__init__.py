"""Shows findings: as JSON for scripts, as tables and sentences, as a single HTML page."""
