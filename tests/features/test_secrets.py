"""Secrets go to the commands that need them, and nowhere else: looked for in all that a build
writes and tells, as they are and as they are usually written otherwise."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from tests.support import DEADLINE, Result, Space

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARAM, TOKEN, KEY, PASSPHRASE = (
    "sword/fish+1?",
    "dragon&fly=2?",
    "open sesame/3?",
    "abra cadabra/4?",
)
SECRETS = (PARAM, TOKEN, KEY, PASSPHRASE)
JOBFILE = f"""
[project]
reports = ["junit=reports/junit.xml", "json=reports/events.jsonl", "trace=reports/trace.json"]
[params]
db_password = "{PARAM}"
[target.good]
run = '''
printf %s {{params.db_password}} {{env.API_TOKEN}} "$PRIVATE_KEY" | sha256sum > {{outputs}}
'''
env = {{ PRIVATE_KEY = "{KEY}" }}
outputs = ["good"]
[target.bad]
run = "test {{params.db_password}} = other; exit 3"
env = {{ PRIVATE_KEY = "{KEY}" }}
env_inputs = ["API_TOKEN"]
[target.python]
python = "jobs:Work"
params = {{ passphrase = "{PASSPHRASE}" }}
"""
JOBS = """
from jobmake import Job
class Work(Job):
    name = "python"
    passphrase: str
    def run(self):
        known = self.passphrase  # is in the frame that fails
        raise ValueError(len(known))
"""


def encoded(secret: str) -> Iterator[bytes]:
    """Yield a secret as it may be written: raw, base64, for URLs, hexadecimal."""
    data = secret.encode()
    yield data
    for before in range(3):  # wherever it begins in what is encoded
        coded = base64.b64encode(b"x" * before + data)
        yield coded[(before * 4 + 2) // 3 : len(coded) // 4 * 4 - 4]
    yield urllib.parse.quote(secret, safe="").encode()
    yield data.hex().encode()


def places(space: Space, told: list[Result]) -> Iterator[tuple[str, bytes]]:
    """Yield all that was written and told, with where that is; not what the person wrote."""
    for number, result in enumerate(told):
        yield f"what is told {number}", (result.out + result.err).encode()
    states: list[Path] = [space.root, space.root.with_name("project.state")]
    for root in states:
        for path in root.rglob("*"):
            yield f"the name of {path}", str(path).encode()
            if path.is_file() and path.name != "Jobfile.toml":
                yield str(path), path.read_bytes()


def ends(space: Space, env: dict[str, str], *words: str) -> Result:
    """Run jobmake to its end, whatever that is."""
    process = space.start(*words, env=env)
    out, err = process.communicate(timeout=DEADLINE)
    return Result(process.returncode, out.decode(), err.decode())


@pytest.mark.case("G19")
def test_no_secret_is_in_anything_that_is_written_or_told(space: Space) -> None:
    space.jobfile(JOBFILE)
    space.write("jobs.py", JOBS)
    env = {"API_TOKEN": TOKEN}
    told = [ends(space, env, "build", "-k"), ends(space, env, "build", "-kB", "--report", "github")]
    assert told[0].built == ["good"], told[0].err
    assert set(told[0].failed) == {"bad", "python"}
    assert "Traceback" in told[0].err, "a job's own, which shows no values"
    wanted = hashlib.sha256((PARAM + TOKEN + KEY).encode()).hexdigest()
    assert space.read("good").split()[0] == wanted
    for words in ("show bad --json", "why bad", "runs --json", "graph --json --states",
                  "build -n --json"):  # fmt: skip
        told.append(ends(space, env, *words.split()))
    assert space.path("reports/trace.json").exists()

    for place, data in places(space, told):
        for secret in SECRETS:
            for form in encoded(secret):
                assert form not in data, f"{secret!r} as {form!r} is in {place}"


@pytest.mark.case("G19")
def test_what_stands_for_a_secret_cannot_be_looked_up(space: Space) -> None:
    """Two targets with one secret have different hashes, and so have two secrets of one."""
    line = '[target.{0}]\nrun = "true {{params.pin_password}}"\n'
    space.jobfile(f'[params]\npin_password = "1234"\n{line.format("a")}{line.format("b")}')
    space.build()
    hashes = [one.partition('= "')[2] for one in space.read("Jobfile.lock").splitlines()
              if "pin_password" in one]  # fmt: skip
    assert len(hashes) == len(set(hashes)) == 2
    assert all(one.startswith("scrypt:") for one in hashes)
