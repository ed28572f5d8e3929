"""Secrets go to the commands that need them, and nowhere else: looked for in all that a build
writes and tells, as they are and as they are usually written otherwise."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse
from typing import TYPE_CHECKING

import pytest

from jobmake.model.secrets import without_users
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
IN_PARAM, IN_ENV, IN_READ, IN_TEXT, IN_PROBE, IN_JOB = (f"swan-{n}-lake" for n in range(6))
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


def address(password: str) -> str:
    return f"https://ann:{password}@127.0.0.1:1/x"


ADDRESSES = f"""
[params]
mirror = "{address(IN_PARAM)}"
[target.good]
run = "echo {{params.mirror}} $THERE $READ {address(IN_TEXT)} | wc -c > {{outputs}}"
env = {{ THERE = "{address(IN_ENV)}" }}
env_inputs = ["READ"]
probes = ["echo {address(IN_PROBE)}"]
outputs = ["good"]
[target.bad]
run = "test {{params.mirror}} = {address(IN_TEXT)}; exit 3"
[target.python]
python = "jobs:Work"
params = {{ passphrase = "{address(IN_JOB)}" }}
"""


@pytest.mark.case("G19")
def test_nor_is_a_password_in_an_address(space: Space) -> None:
    space.jobfile(ADDRESSES)
    space.write("jobs.py", JOBS.replace("passphrase", "source"))
    space.replace("Jobfile.toml", "passphrase", "source")
    env = {"READ": address(IN_READ)}
    told = [ends(space, env, "build", "-kv"), ends(space, env, "build", "-k")]
    assert told[0].built == ["good"], told[0].err
    assert set(told[0].failed) == {"bad", "python"}
    assert "https://***@127.0.0.1:1/x" in told[0].err
    space.replace("Jobfile.toml", IN_PARAM, IN_PARAM + "!")
    for words in (
        "why good",
        "show good",
        "show good --json",
        "show good --command",
        "runs --json",
        "show #1",
        "show #1 --command",
        "graph --json --states",
        "build -n --json",
    ):
        told.append(ends(space, env, *words.split()))  # fmt: skip
    assert "param `mirror` changed *** -> ***" in told[2].out

    for place, data in places(space, told):
        for secret in (IN_PARAM, IN_ENV, IN_READ, IN_TEXT, IN_PROBE, IN_JOB):
            for form in encoded(secret):
                assert form not in data, f"{secret!r} as {form!r} is in {place}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ann:pw@host/x", "https://***@host/x"),
        ("curl 'http://ann:p@w@host' ftp://a:b@c", "curl 'http://***@host' ftp://***@c"),
        ("https://ghp_12345@github.com/a.git", "https://***@github.com/a.git"),
        ("postgresql+psycopg://me:pw@db:5432/x", "postgresql+psycopg://***@db:5432/x"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ("git@host:a.git", "git@host:a.git"),
        ("https://host/me@here?a=b:c@d", "https://host/me@here?a=b:c@d"),
        ("https://ann:$PASSWORD@host ${A}", "https://ann:$PASSWORD@host ${A}"),
        ("https://{params.a}:{env.B}@host", "https://{params.a}:{env.B}@host"),
        ("https://${TOKEN}@host", "https://${TOKEN}@host"),
        ("https://@host", "https://@host"),
    ],
)
def test_what_of_an_address_is_masked(text: str, shown: str) -> None:
    assert without_users(text) == shown
    assert without_users(shown) == shown


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


@pytest.mark.case("G19")
def test_the_line_that_is_shown_of_a_wrong_jobfile_has_no_password_of_an_address(
    space: Space,
) -> None:
    space.jobfile(f'[target.a]\nrun = "true"\nmatrix = {{ x = ["{address(IN_PARAM)}"] }}\n')

    err = space.run("build", code=2).err

    assert '"https://***@127.0.0.1:1/x"' in err
    assert IN_PARAM not in err
