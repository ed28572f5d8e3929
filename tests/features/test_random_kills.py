"""SIGKILL at random moments of builds that use temp files, a cache, `each`, private folders,
values, own files and published files: what `test_kill.py` promises holds for these, too.

Each round switches a param to and fro (so that much is restored) and changes the words, kills
a build at a random moment, and builds again: with no flag, to the end, and to the result that
a clean build would have. No process is left, and no file with a name of jobmake's. The cache
never gives back what is wrong: the rounds live off what was kept by builds that were killed.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
from pathlib import Path

from jobmake.memory.layout import Layout
from jobmake.memory.lockfile import read
from jobmake.memory.resultfiles import result_folder
from tests.amounts import amount
from tests.moments import Moments
from tests.support import DEADLINE, Space, ends, marked_processes

ROUNDS = amount(8, 200)

JOBFILE = """
[params]
p = 1

[target.raw]
run = "cat {inputs} > {outputs}; echo {params.p} >> {outputs}"
inputs = ["words"]
outputs = [{ path = "raw.txt", temp = true }]

[target.split]
run = "mkdir -p {outputs}; for word in $(cat {inputs}); do echo $word > {outputs}/$word; done"
inputs = ["words"]
outputs = ["parts/"]

[target.one]
run = "cat {inputs} > {outputs}; echo {params.p} >> {outputs}"
inputs = { part = "{each.part}", raw = "@raw" }
outputs = ["ones/{each.part.name}"]
each = { part = "@split" }
isolated = true

[target.tree]
run = "mkdir -p tree/in; cat {inputs} > tree/in/all; echo {params.p} > tree/p"
inputs = ["@one"]
outputs = ["tree/"]
publish = { "published/tree" = { path = "tree/", copy = true }, "published/link" = "tree/" }

[target.said]
run = '''
echo {params.p}
mkdir -p {run_dir}/files/in
cp {inputs} {run_dir}/files/in/words
echo {params.p} > {run_dir}/files/p
'''
inputs = ["words"]
capture = "stdout"

[target.last]
run = "cat {inputs}/in/all raw.txt > {outputs}"
inputs = ["tree/"]
needs = ["raw", "said"]
outputs = ["last.txt"]
publish = { "published/last.txt" = { path = "last.txt", copy = true } }
"""


def expected(words: list[str], param: int) -> dict[str, str]:
    raw = " ".join(words) + f"\n{param}\n"
    found = {f"parts/{word}": f"{word}\n" for word in words}
    ones = {f"ones/{word}": f"{word}\n{raw}{param}\n" for word in words}
    whole = "".join(ones[path] for path in sorted(ones))
    for tree in ("tree", "published/tree", "published/link"):
        found |= {f"{tree}/in/all": whole, f"{tree}/p": f"{param}\n"}
    last = whole + raw
    return {**found, **ones, "last.txt": last, "published/last.txt": last}


def test_a_killed_build_is_made_good_by_the_next(space: Space) -> None:
    chance = random.Random(20261122)
    space.jobfile(JOBFILE)
    words = _new_words(space, chance)
    begin = time.monotonic()
    space.build("-j4")
    moments = Moments(chance, time.monotonic() - begin)
    for turn in moments.turns(ROUNDS):
        if chance.random() < 0.5:
            words = _new_words(space, chance)
        param = chance.randint(1, 3)
        space.jobfile(JOBFILE.replace("p = 1", f"p = {param}"))
        marker = f"kill-{turn}-{chance.random()}"
        moments.met(running=_killed(space, marker, moments.next(), chance))
        while left := marked_processes(marker):
            for pid in left:
                ends(pid)

        space.build("-j4")

        assert _disk(space, words) == expected(words, param)
        assert _result(space) == {
            "value": f"{param}\n",
            "files/in/words": " ".join(words) + "\n",
            "files/p": f"{param}\n",
        }
        again = space.build()
        assert not again.built
        assert not again.restored


def test_what_a_killed_run_did_besides_its_outputs_is_done_again(space: Space) -> None:
    gate = space.gate("half-way")
    space.jobfile(
        f"""
        [params]
        p = 1
        [target.effect]
        run = '''echo {{params.p}} > effect; {gate.command}; echo whole >> effect'''
        """
    )
    process = space.start("build")
    gate.open()
    process.communicate(timeout=DEADLINE)
    process = space.start("build", "-D", "p=2", env={"MARKER": "kill-half-way"})
    gate.reached()
    gate.reached()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    for pid in marked_processes("kill-half-way"):
        ends(pid)  # lest it goes through the gate
    gate.open()

    assert space.build().built == ["effect"]

    assert space.read("effect") == "1\nwhole\n"


def _result(space: Space) -> dict[str, str]:
    """The value and the own files of `said`, and nothing else that is beside them."""
    layout = Layout(str(space.path("Jobfile.toml")))
    folder = result_folder(layout, read(space.path("Jobfile.lock").read_bytes()).records["said"])
    assert folder is not None
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


def _new_words(space: Space, chance: random.Random) -> list[str]:
    words = sorted(chance.sample("abcde", chance.randint(2, 4)))
    space.write("words", " ".join(words) + "\n")
    return words


def _killed(space: Space, marker: str, seconds: float, chance: random.Random) -> bool:
    """Kill a build after a time; say whether it was cut short."""
    process = space.start("build", "-j4", env={"MARKER": marker})
    handle = os.pidfd_open(process.pid)
    try:
        # the moment of the kill, or the build's own end
        ended = bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
    if chance.random() < 0.5:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    return not ended


def _disk(space: Space, words: list[str]) -> dict[str, str]:
    """All but what instances left behind that are no more, and what a person wrote."""
    assert space.path("published/link").is_symlink()
    assert not space.exists("raw.txt"), "a temp file was left"
    found = {}
    for folder, folders, files in os.walk(space.root, followlinks=True):
        if ".jobmake" in folders:
            folders.remove(".jobmake")
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), space.root)
            assert not name.startswith(".jobmake"), f"{path} was left"
            if path.startswith("ones/") and name not in words:
                continue
            found[path] = space.read(path)
        assert not any(name.startswith(".jobmake") for name in folders), folders
    return {path: text for path, text in found.items()
            if path not in ("words", "Jobfile.toml", "Jobfile.lock")}  # fmt: skip
