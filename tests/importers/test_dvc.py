"""A dvc.yaml: what becomes of stages, params, `${…}`, `foreach` and `matrix`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.rig import Folder, notes


@pytest.fixture
def dvc(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path, "dvc")
    folder.write(
        "params.yaml", "seed: 7\nmodel: {depth: 3, flags: -v -x, name: it's}\nsizes: [1, 2]\n"
    )
    return folder


def stage(body: str, name: str = "one") -> str:
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f"stages:\n  {name}:\n{lines}"


def test_a_stage_with_everything(dvc: Folder) -> None:
    draft = dvc.draft(
        stage("""
desc: Makes it
cmd:
  - python make.py
  - cp a.txt b.txt
deps: [make.py, in.csv]
params: [seed, model.depth]
outs:
  - a.txt: {persist: true}
  - b.txt
metrics:
  - m.json: {cache: false}
plots: [p.csv]
always_changed: true
""")
    )
    assert draft.targets["one"] == {
        "doc": "Makes it",
        "run": ["python make.py", "cp a.txt b.txt"],
        "inputs": ["make.py", "in.csv"],
        "outputs": [
            {"path": "a.txt", "keep": True},
            "b.txt",
            {"path": "m.json", "cache": False},
            "p.csv",
        ],
        "params": ["seed", "model.depth"],
        "always": True,
    }
    assert draft.project == {"params_files": ["params.yaml"]}
    assert draft.notes == []


def test_values_are_put_in_raw_only_where_the_shell_would_tell(dvc: Folder) -> None:
    draft = dvc.draft(
        stage(
            """cmd: run ${model.depth} ${model.flags} "${model.name}" '${model.name}'"""
            """ ${sizes} \\\\${x}"""
        )
    )
    assert draft.targets["one"]["run"] == (
        'run {params.model.depth} {params.model.flags!raw} "{params.model.name}"'
        " '{params.model.name!raw}' {params.sizes} \\${x}"
    )
    assert [note.line for note in draft.notes] == [3, 3]


def test_a_table_becomes_options(dvc: Folder) -> None:
    dvc.write("params.yaml", "opts: {rate: 0.1, fast: true, slow: false, deep: {n: 2}}\n")
    run = dvc.targets(stage("cmd: run ${opts}"))["one"]["run"]
    assert run == "run --rate {params.opts.rate} --fast --deep.n {params.opts.deep.n}"


def test_paths_are_those_of_wdir_and_folders_end_in_a_slash(dvc: Folder) -> None:
    dvc.write("data/raw/x.csv")
    targets = dvc.targets(
        "stages:\n  a:\n    wdir: work\n    cmd: x\n    deps: [../data/raw]\n"
        "    outs: [parts, 'out-${seed}.txt']\n"
        "  b:\n    cmd: y\n    deps: [work/parts/1.txt]\n    outs: [z.txt]\n"
    )
    assert targets["a"] == {
        "run": "x",
        "inputs": ["data/raw/"],
        "outputs": ["work/parts/", "work/out-{params.seed}.txt"],
        "cwd": "work",
    }


def test_foreach_over_values_is_a_matrix(dvc: Folder) -> None:
    targets = dvc.targets(
        stage('foreach: [a, b]\ndo:\n  cmd: make ${item}\n  outs: ["${item}.txt"]')
    )
    assert targets["one"] == {
        "matrix": {"item": ["a", "b"]},
        "run": "make {matrix.item}",
        "outputs": ["{matrix.item}.txt"],
    }


def test_foreach_over_tables_is_a_zip(dvc: Folder) -> None:
    targets = dvc.targets(
        stage("""
foreach:
  small: {n: 1, to: {file: s}}
  large: {n: 9, to: {file: l}}
do:
  cmd: make ${item.n} > ${item.to.file}.txt
  outs: ["${item.to.file}.txt"]
""")
    )
    assert targets["one"]["matrix"] == {"zip": {"n": [1, 9], "to_file": ["s", "l"]}}
    assert targets["one"]["run"] == "make {matrix.n} > {matrix.to_file}.txt"


def test_foreach_over_a_param_copies_its_values_and_says_so(dvc: Folder) -> None:
    draft = dvc.draft(stage('foreach: ${sizes}\ndo:\n  cmd: make ${item}\n  outs: ["${item}.txt"]'))
    assert draft.targets["one"]["matrix"] == {"item": [1, 2]}
    assert notes(draft) == [
        "3: approximated: the values are written down; a change of the param needs one here too"
    ]


def test_foreach_with_values_that_no_axis_can_hold_is_a_target_each(dvc: Folder) -> None:
    targets = dvc.targets(
        stage("""
foreach:
  x: {list: [1, 2]}
  y: {list: [3]}
do:
  cmd: make ${item.list} > ${key}.txt
  outs: ["${key}.txt"]
""")
    )
    assert targets["one-x"] == {"run": "make 1 2 > x.txt", "outputs": ["x.txt"]}
    assert targets["one-y"] == {"run": "make 3 > y.txt", "outputs": ["y.txt"]}


def test_a_matrix_stays_one(dvc: Folder) -> None:
    targets = dvc.targets(
        stage("""
matrix:
  lr: [0.1, 0.01]
  size: ${sizes}
cmd: train ${item.lr} ${item.size}
outs: ["m-${item.lr}-${item.size}"]
""")
    )
    assert targets["one"]["matrix"] == {"lr": [0.1, 0.01], "size": [1, 2]}
    assert targets["one"]["outputs"] == ["m-{matrix.lr}-{matrix.size}"]


def test_other_files_of_params(dvc: Folder) -> None:
    dvc.write("more.json", '{"rate": 1}')
    dvc.write("clash.toml", "seed = 8\n")
    dvc.write("code.py", "X = 1\n")
    draft = dvc.draft(
        stage("cmd: x\nparams:\n  - more.json: [rate]\n  - clash.toml: [seed]\n"
              "  - code.py: [X]\n  - whole.yaml:\nouts: [o.txt]")
    )  # fmt: skip
    assert draft.project["params_files"] == ["params.yaml", "more.json"]
    assert draft.targets["one"]["params"] == ["rate"]
    assert draft.targets["one"]["inputs"] == ["clash.toml", "code.py", "whole.yaml"]
    assert [note.line for note in draft.notes] == [6, 6, 7]


def test_vars_are_params(dvc: Folder) -> None:
    dvc.write("extra.yaml", "colour: red\n")
    draft = dvc.draft("vars: [{width: 3}, extra.yaml]\n" + stage("cmd: x ${width} ${colour}"))
    assert draft.params == {"width": 3}
    assert draft.project["params_files"] == ["params.yaml", "extra.yaml"]
    assert draft.targets["one"]["run"] == "x {params.width} {params.colour}"


def test_params_that_no_jobfile_can_hold(dvc: Folder) -> None:
    dvc.write("params.yaml", "a: 1\nb: null\n")
    draft = dvc.draft(stage("cmd: x ${a}\nparams: [a]"))
    assert draft.params == {"a": 1}
    assert draft.project == {}
    assert len(draft.notes) == 1


def test_what_cannot_be_carried_over_is_told_with_its_line(dvc: Folder) -> None:
    draft = dvc.draft(
        "stages:\n  a:\n    cmd: x\n    deps:\n      - s3://bucket/x\n    outs:\n"
        "      - o.txt: {push: false}\n      - thing\n      - ../up.txt\n    frozen: true\n"
        "    meta: {a: 1}\nplots: [p.csv]\nartifacts: {m: {path: o.txt}}\n"
    )
    assert notes(draft) == [
        "12: left out: what is drawn from outputs is for dvc alone",
        "13: left out: names of outputs for other tools are for dvc alone",
        "10: left out: it runs when it is stale",
        "11: left out",
        "5: left out: only files can be read and made",
        "7: `push` left out: jobmake pushes nothing",
        "8: kept as a file: write a slash behind it if it is a folder",
        "9: left out: outputs lie below the Jobfile's folder",
    ]
    assert draft.targets["a"]["outputs"] == ["o.txt", "thing"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "it has no table `stages`"),
        ("outs:\n- md5: 1\n", None, "it has no table `stages`"),
        ("stages: [a\n", 2, "it is not YAML"),
        ("stages:\n  a: {cmd: x}\n  a: {cmd: y}\n", 3, "it is not YAML: found duplicate key"),
        ("stages:\n  a:\n    outs: [x]\n", 2, "stage `a` has no `cmd`"),
        ("stages:\n  a: x\n", 2, "stage `a` must be a table"),
        ("stages:\n  a:\n    cmd: echo ${no.such}\n", 3, "refers to `${no.such}`"),
        ("stages:\n  a:\n    foreach: [1]\n", 2, "has `foreach` but no `do`"),
        ("stages:\n  a:\n    foreach: 5\n    do: {cmd: x}\n", 2, "goes through no list or table"),
        ("vars: 5\nstages:\n  a: {cmd: x}\n", 1, "`vars` must be a list"),
        ("vars: [none.yaml]\nstages:\n  a: {cmd: x}\n", 1, "`none.yaml` cannot be read as params"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(
    dvc: Folder, text: str, line: int | None, message: str
) -> None:
    problem = dvc.refusal(text)
    assert message in problem.message
    assert problem.line == line
