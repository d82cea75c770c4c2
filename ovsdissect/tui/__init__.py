"""The terminal user interface: three linked panes over a capture.  It owns no decision: what a message says and matches is the core's."""
