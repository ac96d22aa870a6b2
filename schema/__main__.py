"""Prints the SDL: `python -m schema > schema.graphql`."""

import sys

from schema import print_sdl

sys.stdout.write(print_sdl())
