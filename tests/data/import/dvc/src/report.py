"""Print the score of each: report.py TITLE FILE..."""

import json
import pathlib
import sys

print(sys.argv[1])
for name in sys.argv[2:]:
    print(pathlib.Path(name).stem, "score", json.loads(pathlib.Path(name).read_text())["score"])
