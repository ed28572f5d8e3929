"""`python -m jobmake` is `jobmake`."""

from jobmake.cli import program

program()
