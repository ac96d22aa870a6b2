"""`python -m server` is `rekey`."""

from server.cli import main

main()
