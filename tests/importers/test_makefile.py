"""A Makefile, asked of real make: what becomes of each construct."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.rig import Folder, notes


@pytest.fixture
def make(tmp_path: Path) -> Folder:
    return Folder(tmp_path, "make")


def test_variables_and_automatic_variables_are_written_out(make: Folder) -> None:
    targets = make.targets(
        "FLAGS = -x $(MORE)\nMORE := a b\nout/x.txt: in.txt other.txt\n"
        "\tmkdir -p $(@D)\n\ttool $(FLAGS) $(@F) $< -o $@ $^\n"
    )
    assert targets == {
        "x.txt": {
            "run": "tool -x a b x.txt {inputs[0]} -o {outputs} {inputs}",
            "inputs": ["in.txt", "other.txt"],
            "outputs": ["out/x.txt"],
        }
    }


def test_a_variable_of_one_target_holds_for_it(make: Folder) -> None:
    targets = make.targets("X = 1\nb: X = 2\na b:\n\techo $(X) > $@\n")
    assert targets["a"]["run"] == "echo 1 > {outputs}"
    assert targets["b"]["run"] == "echo 2 > {outputs}"


def test_a_pattern_rule_over_all_files_of_a_glob_is_one_target(make: Folder) -> None:
    make.write("src/a.c")
    make.write("src/b.c")
    make.write("src/a.h")
    draft = make.draft(
        "OBJ = $(patsubst src/%.c,build/%.o,$(wildcard src/*.c))\nprog: $(OBJ)\n\tld -o $@ $^\n"
        "build/%.o: src/%.c | build\n\tcc -MMD -c -o $@ $<\nbuild:\n\tmkdir -p $@\n"
    )
    assert draft.targets == {
        "prog": {
            "run": "ld -o {outputs} {inputs}",
            "inputs": ["build/a.o", "build/b.o"],
            "outputs": ["prog"],
        },
        "compile": {
            "each": {"src": "src/*.c"},
            "run": "cc -MMD -c -o {outputs} {inputs}",
            "inputs": ["{each.src}"],
            "outputs": ["build/{each.src.stem}.o"],
            "depfile": "build/{each.src.stem}.d",
        },
    }
    assert draft.project == {"default": ["prog"]}


def test_a_pattern_rule_over_some_files_is_a_matrix(make: Folder) -> None:
    for name in "abc":
        make.write(f"src/{name}.c")
    targets = make.targets(
        "all: a.o b.o\n%.o: src/%.c\n\tcc -c $< -o $@ # $*\n"
        "%.txt: src/%.c\n\twc $* > $@\ntexts: a.txt c.txt | b.o\n"
    )
    assert targets["compile"]["matrix"] == {"stem": ["a", "b"]}
    assert targets["compile"]["inputs"] == ["src/{matrix.stem}.c"]
    assert targets["txt"]["run"] == "wc {matrix.stem} > {outputs}"
    assert targets["all"]["needs"] == ["compile"]
    assert targets["texts"] == {"needs": ["txt"], "after": ["compile[stem=b]"]}


def test_targets_that_differ_in_more_than_the_stem_stay_apart(make: Folder) -> None:
    make.write("a.c")
    make.write("b.c")
    targets = make.targets("all: a.o b.o\na.o: a.h\n%.o: %.c\n\tcc -c $< -o $@\n")
    assert targets["a.o"]["inputs"] == ["a.c", "a.h"]
    assert targets["b.o"]["inputs"] == ["b.c"]


def test_makes_own_rules_are_used(make: Folder) -> None:
    make.write("main.c")
    targets = make.targets("CC = gcc\nprog: main.o\n\t$(CC) -o $@ $^\nmain.o: main.h\n")
    assert targets["main.o"]["run"] == "gcc -c -o {outputs} {inputs[0]}"
    assert targets["main.o"]["inputs"] == ["main.c", "main.h"]


def test_phony_targets_run_always_and_so_do_their_users(make: Folder) -> None:
    targets = make.targets(
        ".PHONY: all test FORCE\nall: prog test\nprog: a.c\n\tcc $< -o $@\n"
        "test: prog\n\t./prog\nversion: FORCE\n\tgit describe > $@\nFORCE:\n"
        "report: test\n\techo > $@\n"
    )
    assert targets["all"] == {"needs": ["prog", "test"]}
    assert targets["test"] == {"run": "./prog", "inputs": ["prog"], "always": True}
    assert targets["version"]["always"] is True
    assert targets["report"] == {
        "run": "echo > {outputs}",
        "outputs": ["report"],
        "needs": ["test"],
        "always": True,
    }
    assert "FORCE" not in targets


def test_each_line_is_a_shell_of_its_own_and_prefixes_keep_their_meaning(make: Folder) -> None:
    [target] = make.targets(
        "out:\n\t@echo a; echo b\n\t-false\n\t# a comment\n\t-false; true\n"
        "\t+cd x && touch ../$@\n\t@\n\tfor i in 1 2; do \\\n\t  echo $$i {inputs}; \\\n\tdone\n"
    ).values()
    assert target["run"] == [
        "set +e; echo a; echo b",
        "false || true",
        "set +e; false; true\ntrue",
        "cd x && touch ../out",
        "set +e; for i in 1 2; do echo $i {{inputs}}; done",
    ]


def test_nothing_is_run_while_a_makefile_is_read(make: Folder) -> None:
    targets = make.targets(
        "all: a sub\na:\n\t+touch ran-plus $@\nsub:\n\t$(MAKE) -C . ; touch ran-make\n"
        "%.x: %.y\n\t+touch ran-pattern $@\nb: q.x\n\ttouch $@\n"
    )
    assert sorted(path.name for path in make.path.iterdir()) == ["Makefile"]
    assert targets["a"]["run"] == "touch ran-plus {outputs}"
    assert targets["sub"]["run"].startswith("set +e; make -C . ; touch ran-make")


def test_shells_and_scripts_of_one_shell(make: Folder) -> None:
    draft = make.draft(
        "SHELL = /bin/bash\n.SHELLFLAGS = -eu -o pipefail -c\n.ONESHELL:\n"
        "out:\n\t@x=1\n\techo $$x > $@\n"
    )
    assert draft.project["shell"] == "/bin/bash -eu -o pipefail"
    assert draft.targets["out"]["run"] == "x=1\necho $x > {outputs}"


def test_exported_variables_are_set(make: Folder) -> None:
    targets = make.targets("N = 3\nexport NAME = n$(N)\nexport N\nout:\n\tenv > $@\n")
    assert targets["out"]["env"] == {"NAME": "n3", "N": "3"}


def test_rules_that_make_several_files(make: Folder) -> None:
    make.write("g.y")
    targets = make.targets("all: g.c x\n%.c %.h: %.y\n\tyacc $<\nx: g.h\n\tcat $< > $@\n")
    [maker] = [keys for keys in targets.values() if keys.get("run", "").startswith("yacc")]
    assert maker["outputs"] == ["g.c", "g.h"]
    assert maker["inputs"] == ["g.y"]
    assert targets["x"]["inputs"] == ["g.h"]


def test_included_files_and_conditions_are_followed(make: Folder) -> None:
    make.write("more.mk", "extra: a\n\tcp a $@\n")
    draft = make.draft("include more.mk\nifdef NOTHING\nx: a\nelse\ny: extra\n\tcp a $@\nendif\n")
    assert set(draft.targets) == {"extra", "y"}
    assert notes(draft) == ["2: approximated: the branch that holds now was taken"]


def test_what_cannot_be_carried_over_is_told_with_its_line(make: Folder) -> None:
    draft = make.draft(
        "NOW := $(shell echo 1)\nall: sub\n.NOTPARALLEL:\nsub:\n\t$(MAKE) -C sub all\n"
        "dc:: a\n\techo 1\nclean:\n\trm -rf build\n.PHONY: all sub clean\n"
        "loose: a\n\techo hello\nnewer: a\n\tcp $? $@\n"
    )
    assert notes(draft) == [
        "1: approximated: it was evaluated now, and its value written down",
        "3: left out: `jobmake build -j 1` runs one at a time",
        "14: approximated: `$?` is all needs, not the newer ones only",
        "7: left out: double-colon rules",
        "9: left out: `jobmake clean` removes what targets made",
        "12: approximated: its commands do not name it, so it is taken for no file",
        "5: kept verbatim: what the inner make looks at is not known here",
    ]
    assert draft.targets["sub"] == {"run": "make -C sub all", "always": True}
    assert draft.targets["loose"]["always"] is True


def test_headers_known_from_an_earlier_build_are_not_declared(make: Folder) -> None:
    make.write("a.c")
    make.write("a.h")
    make.write("a.d", "a.o: a.c \\\n a.h\n")
    targets = make.targets("all: a.o\n%.o: %.c\n\tcc -MMD -c $< -o $@\n-include a.d\n")
    assert targets["a.o"]["inputs"] == ["a.c"]
    assert targets["a.o"]["depfile"] == "a.d"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("all: a\n    echo no tab\n", 2, "missing separator"),
        ("x := $(shell\n", 1, "unterminated call to function 'shell': missing ')'"),
        ("ifdef A\nx = 1\n", None, "missing 'endif'"),
        ("$(error no compiler)\n", 1, "no compiler"),
        ("define x\nabc\n", 1, "missing 'endef', unterminated 'define'"),
    ],
)
def test_what_make_refuses_is_refused_with_its_line(
    make: Folder, text: str, line: int | None, message: str
) -> None:
    problem = make.refusal(text)
    assert message in problem.message
    if line is not None:
        assert problem.line == line


def test_an_empty_makefile_is_an_empty_jobfile(make: Folder) -> None:
    assert make.targets("") == {}
