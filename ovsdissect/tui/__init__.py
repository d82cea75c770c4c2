"""The terminal user interface: three linked panes over a capture.  The core decides what a message says and matches."""
