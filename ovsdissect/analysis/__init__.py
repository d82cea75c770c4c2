"""Messages to findings: what happened to every upcall, the flow table at any time, ports, errors, verdicts.  Prints nothing."""
