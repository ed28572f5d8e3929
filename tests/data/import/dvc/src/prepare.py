"""Part a table in two: prepare.py TABLE FOLDER PART. Reads `prepare.seed` by itself."""

import pathlib
import random
import re
import sys

table, folder, part = sys.argv[1], pathlib.Path(sys.argv[2]), float(sys.argv[3])
seed = int(re.search(r"seed: (\d+)", pathlib.Path("params.yaml").read_text())[1])
head, *rows = pathlib.Path(table).read_text().split()
random.Random(seed).shuffle(rows)
cut = int(len(rows) * part)
folder.mkdir(parents=True, exist_ok=True)
for name, chosen in (("train.csv", rows[:cut]), ("test.csv", rows[cut:])):
    (folder / name).write_text("\n".join([head, *chosen]) + "\n")
