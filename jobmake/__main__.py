"""`python -m jobmake` is `jobmake`."""

import sys

from jobmake.cli import main

sys.exit(main())
