"""Learn from a table: train.py KIND [--round N] [--quiet]. Prints the model."""

import json
import pathlib
import re
import sys

kind = sys.argv[1]
digits = int(sys.argv[sys.argv.index("--round") + 1])
degree = int(re.search(r"degree: (\d+)", pathlib.Path("params.yaml").read_text())[1])
offset = json.loads(pathlib.Path("extra.json").read_text())["offset"]
lines = pathlib.Path("data/prepared/train.csv").read_text().split()[1:]
rows = [tuple(map(float, line.split(","))) for line in lines]
mean = sum(y for _, y in rows) / len(rows)
value = mean if kind == "mean" else sum(y / x for x, y in rows) / len(rows) * degree
print(json.dumps({"kind": kind, "value": round(value + offset, digits)}))
folder = pathlib.Path("metrics")
folder.mkdir(exist_ok=True)
(folder / f"{kind}.json").write_text(json.dumps({"score": round(abs(value - mean), digits)}))
