"""Findings shown: as JSON for scripts, as tables and sentences, as one page of HTML."""
