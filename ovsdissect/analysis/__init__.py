"""Turns messages into findings: the outcome of every upcall, the flow table at any time, ports, errors, verdicts. Prints nothing."""
