"""The grammar applied to bytes: nodes with their byte ranges, and problems. Any bytes give a tree."""
