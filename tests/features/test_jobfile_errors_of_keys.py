"""What jobmake says of keys that are right by themselves and do not go together."""

# ruff: noqa: E501 - a message stands behind the carets it belongs to

from __future__ import annotations

import pytest

from tests.features import annotated
from tests.features.test_jobfile_errors import check
from tests.jobfile import rig
from tests.support import Space

ERRORS = """
--- pools
[pools]
licence = 2
[target.a]
run = "true"
pool = ["licence", "licenses", "zzz", "gpu"]
                   ^^^^^^^^^^ there is no pool `licenses`
hint: did you mean `licence`?
                               ^^^^^ there is no pool `zzz`
hint: say how many there are: `[pools]` `zzz = 1`
resources = { cpu = 4, memory = "1 GiB", licence = 3, gpus = 1 }
                                                   ^ takes more of `licence` than the 2 that `[pools]` has
                                                             ^ there is no pool `gpus`
hint: did you mean `gpu`?
--- pairs
[target.a]
run = "true"
interactive = true
capture = "stdout"
^^^^^^^ `capture` takes the output that `interactive` shows of target `a`
hint: keep one
temp = true
^^^^ `temp` is for outputs, and there are none of target `a`
retry_delay = "1s"
^^^^^^^^^^^ `retry_delay` has no effect without the `retries` of target `a`
hint: say how many
probes = ["true", " "]
                  ^^^ `probes` has an empty command
[target.b]
argv = ["true"]
interpreter = "python3"
^^^^^^^^^^^ `interpreter` is for the texts of `run`, not for the `argv` of target `b`
[target.c]
needs = ["a"]
capture = "stdout"
^^^^^^^ `capture` has no run to hold for of target `c`
hint: give the target `run`, `argv`, `python` or `type`
--- services
[target.a]
run = "true"
service = true
outputs = ["x"]
^^^^^^^ `outputs` is not for the service of target `a`
hint: a service makes nothing: let a target of its own make it
cache = false
^^^^^ `cache` is not for the service of target `a`
hint: a service makes nothing: let a target of its own make it
files = { "conf" = "port = 1" }
^^^^^ `files` is not for the service of target `a`
hint: let a target of its own write them, and name them in `inputs`
always = true
^^^^^^ `always` is not for the service of target `a`
hint: it is started when something that needs it runs, and not otherwise
retries = 3
^^^^^^^ `retries` is not for the service of target `a`
hint: a service is not to end while it is needed
timeout = "1h"
^^^^^^^ `timeout` is not for the service of target `a`
hint: how long it may take until it is ready is told so: `ready = { timeout = … }`
interactive = true
^^^^^^^^^^^ `interactive` is not for the service of target `a`
hint: it goes on beside others
isolated = true
^^^^^^^^ `isolated` is not for the service of target `a`
pool = "gpu"
^^^^ `pool` is not for the service of target `a`
hint: it takes no place of its own: let the targets that need it take one
ready = { command = "test '{params.z}' = '{params.zz}'", line = "{param.z}" }
                           ^^^^^^^^^^ `{params.z}`: there is no param `z`
                                          ^^^^^^^^^^^ `{params.zz}`: there is no param `zz`
                                                                 ^^^^^^^^^ `{param.z}` is not a placeholder
hint: did you mean `{params.z}`? For the text itself write `{{param.z}}`
[target.b]
run = "true"
ready = 8000
^^^^^ `ready` is for a service of target `b`
hint: say that it is one: `service = true`
[target.c]
needs = ["b"]
service = true
^^^^^^^ `service` has no run to hold for of target `c`
hint: give the target `run`, `argv`, `python` or `type`
--- axes
[target.a]
run = "true"
each = { x = "Jobfile.*", y = "Jobfile.*", z = "Jobfile.*" }
         ^ `each` and `matrix` of target `a` have the same axis `x`
hint: call one of them otherwise
                          ^ `each` and `matrix` of target `a` have the same axis `y`
hint: call one of them otherwise
matrix = { x = [1], zip = { y = [1] } }
--- one path for two things
[target.a]
run = "true"
outputs = ["x", "./x", "d/"]
                ^^^^^ target `a` makes `x` twice
files = { "f" = "text" }
publish = { "p" = "x" }
[target.b]
run = "true"
outputs = ["y"]
files = { "f" = "other", "y" = "text" }
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ targets `a` and `b` both make `f`
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ target `b` makes `y` twice
publish = { "p" = "y", "x" = "y", "d/in" = "y" }
                  ^^^ targets `a` and `b` both make `p`
                             ^^^ targets `a` and `b` both make `x`
                                           ^^^ target `b` makes `d/in` inside `d`, which `a` makes
--- depfiles
[target.a]
run = "true"
depfile = "../x.d"
          ^^^^^^^^ depfile `../x.d` is outside the project's folder
hint: outputs are below the folder of the Jobfile
[target.b]
run = "true"
depfile = "Jobfile.lock"
          ^^^^^^^^^^^^^^ depfile `Jobfile.lock` is jobmake's own
"""


@pytest.mark.case("F12")
@pytest.mark.parametrize("text", annotated.each(ERRORS))
def test_keys_must_go_together(space: Space, text: str) -> None:
    check(space, text)


def test_what_is_written_or_published_is_needed_by_who_reads_it() -> None:
    graph = rig.graph("""
[target.a]
run = "true"
outputs = ["x", "d/"]
files = { "sample.in" = "text" }
publish = { "results/x" = "x", "results/d" = "d/" }
[target.written]
run = "true"
inputs = ["sample.in"]
[target.published]
run = "true"
inputs = ["results/*"]
[target.folder]
run = "true"
inputs = ["results/d/in"]
""")
    assert {name: graph.needs[name] for name in ("written", "published", "folder")} == {
        "written": ("a",), "published": ("a",), "folder": ("a",)
    }  # fmt: skip
