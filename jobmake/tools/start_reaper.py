"""Starts the reaper in a process of its own.

    python -I -S start_reaper.py DESCRIPTOR

Python compiles the file that it is given each time it starts, and keeps what it made of those that
are imported: so this file is short, and knows only where the others are.
"""

import os
import sys

if __name__ == "__main__":
    # `-I -S` leaves our package unfound, and its __init__ serves people, not reapers
    _package = type(sys)("jobmake")
    _package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    sys.modules["jobmake"] = _package

    from jobmake.tools.reaper import main

    main(int(sys.argv[1]))
    os._exit(0)  # nothing is open that is still to be written
