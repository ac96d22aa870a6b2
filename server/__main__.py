"""`python -m server` is `rekey`."""

from server.cli.app import main

main()
