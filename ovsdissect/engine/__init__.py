"""The compiled pass over a capture: tables made from rows, read by modules that Cython compiles from Python."""
