"""Jobs in a real notebook: their classes stand in cells, and the kernel has threads."""

from __future__ import annotations

import json
import subprocess
import sys

# runs the cells of a notebook in a kernel, and prints what each printed
PLAY = """
import json, sys
import nbformat
from nbclient import NotebookClient

book = nbformat.v4.new_notebook()
book.cells = [nbformat.v4.new_code_cell(cell) for cell in json.load(sys.stdin)]
book.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
done = NotebookClient(book, timeout=60).execute()
print(json.dumps(["".join(one.get("text", "") for one in cell.outputs) for cell in done.cells]))
"""

CLASSES = """
from jobmake import Job, JobFailed

class Numbers(Job):
    name = "numbers"
    count: int = 3
    outputs_to_cache = ["numbers"]
    def run(self):
        open("ran", "a").write("numbers ")
        self.numbers = list(range(self.count))

class Total(Job):
    name = "total"
    parents = [Numbers]
    outputs_to_cache = ["total"]
    def run(self, numbers):
        open("ran", "a").write("total ")
        self.total = sum(numbers) * FACTOR

FACTOR = 2
"""
THREADS = """
import threading
found = []
def work(count):
    job = Total(count=count, json_prefix=f"state-{count}/x")
    job.process()
    found.append(job.total)
threads = [threading.Thread(target=work, args=(count,)) for count in (5, 6)]
[one.start() for one in threads]
[one.join() for one in threads]
print(sorted(found))
"""


def played(space, *cells: str) -> list[str]:
    """Return what each cell printed."""
    done = subprocess.run(
        [sys.executable, "-c", PLAY], input=json.dumps(cells), cwd=space.root,
        env=space.environ(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    return [text.strip() for text in said]


def test_jobs_of_a_notebook_run_when_they_must(space):
    again = "job.process(); print(job.total, open('ran').read())"
    said = played(
        space,
        CLASSES,
        "job = Total(count=4); job.process(); print(job.total)",
        again,
        "FACTOR = 3",
        again,
        "class Bad(Job):\n    name = 'bad'\n    def run(self):\n        raise ValueError('no')\n"
        "try:\n    Bad().process()\nexcept JobFailed as error:\n    print(error)",
        THREADS,
    )
    assert said[1:5] == ["12", "12 numbers total", "", "18 numbers total total"]
    assert said[5].startswith("`bad` failed: raised `ValueError: no`")
    assert said[6] == "[30, 45]"


def test_another_kernel_finds_what_was_kept(space):
    made = "job = Total(); job.process(); print(job.total, open('ran').read())"
    assert played(space, CLASSES, made)[1] == "6 numbers total"
    assert played(space, CLASSES, made)[1] == "6 numbers total"
