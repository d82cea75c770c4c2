"""`python -m ovsdissect`: the command line."""

from ovsdissect.cli import main

main()
