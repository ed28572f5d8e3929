"""`python -P -m jobmake.worker SETUP`: one Python run, in a Python of its own.

What a warm reaper does in place of this is in `host`.
"""

import sys

from jobmake.worker.main import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
