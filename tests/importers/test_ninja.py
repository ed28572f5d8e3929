"""A build.ninja: its language as ninja reads it, and what becomes of each construct."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.rig import Folder, notes

CP = "rule cp\n  command = cp $in $out\n"


@pytest.fixture
def ninja(tmp_path: Path) -> Folder:
    return Folder(tmp_path, "ninja")


# -- the language ----------------------------------------------------------------------


def test_a_build_is_a_target_named_after_what_it_makes(ninja: Folder) -> None:
    assert ninja.targets(CP + "build out/b.txt: cp a.txt\n") == {
        "out-b.txt": {
            "run": "cp {inputs} {outputs}",
            "inputs": ["a.txt"],
            "outputs": ["out/b.txt"],
        }
    }


def test_a_builds_variables_are_evaluated_where_it_stands_and_a_rules_when_asked(
    ninja: Folder,
) -> None:
    targets = ninja.targets(
        "flags = early\nown = $flags\n"
        "rule say\n  command = echo $flags $own $more $last > $out\n"
        "build x: say\n  more = ${flags}-more\n"
        "flags = late\nlast = end\n"
    )
    assert targets["x"]["run"] == "echo late early early-more end > {outputs}"


def test_escapes_of_dollars_blanks_colons_and_line_ends(ninja: Folder) -> None:
    draft = ninja.draft(
        "rule say\n  command = echo $$HOME ${in} > $\n      $out\n"
        "build c$:d$ e: say a$ b $\n    f # no comment here\n"
    )
    [target] = draft.targets.values()
    assert target["inputs"] == ["a b", "f", "#", "no", "comment", "here"]
    assert target["outputs"] == ["c:d e"]
    assert target["run"].endswith("> 'c:d e'")
    assert target["run"].startswith("echo $HOME 'a b' f '#' no")


def test_blanks_between_variables_part_words(ninja: Folder) -> None:
    targets = ninja.targets("a = x\nb = y\n" + CP + "build z: cp $a $b\nbuild $a:cp q\n")
    assert targets["z"]["inputs"] == ["x", "y"]
    assert "x" in targets


def test_a_subninja_has_variables_of_its_own_and_an_include_has_not(ninja: Folder) -> None:
    ninja.write("sub.ninja", "v = sub\nbuild s: say\n")
    ninja.write("inc.ninja", "v = included\n")
    targets = ninja.targets(
        "v = top\nrule say\n  command = echo $v > $out\n"
        "subninja sub.ninja\nbuild before: say\n  v = own\ninclude inc.ninja\nbuild after: say\n"
    )
    commands = {name: keys["run"].split()[1] for name, keys in targets.items()}
    assert commands == {"s": "sub", "before": "own", "after": "included"}


def test_braces_that_jobmake_would_fill_are_escaped(ninja: Folder) -> None:
    targets = ninja.targets(
        "rule r\n  command = echo '{inputs}' {input} {a,b} > $out\nbuild o: r\n"
    )
    assert targets["o"]["run"] == "echo '{{inputs}}' {{input}} {a,b} > {outputs}"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("build x: cp y\n", 1, "there is no rule `cp`"),
        ("rule\n", 1, "a name is missing here"),
        ("rule cp\n", 1, "rule `cp` has no command"),
        ("rule cp\n  colour = red\n  command = x\n", 2, "a rule has no variable `colour`"),
        (CP + "build x cp y\n", 3, "a `:` is missing here"),
        (CP + "build : cp y\n", 3, "the build makes nothing"),
        (CP + "build x:\n", 3, "the build names no rule"),
        (CP + "build x: cp $!\n", 3, "`$!` is no escape"),
        (CP + "build x: cp a\nbuild x: cp b\n", 4, "`x` is made twice"),
        (CP + "build x: cp a $\n", 3, "the file ends within a line"),
        ("hello world\n", 1, "this is no statement of ninja"),
        ("  indented = 1\n", 1, "an indented line stands below nothing that it could belong to"),
        ("rule cp\n\tcommand = x\n", 2, "ninja allows no tabs for indentation"),
        ("include none.ninja\n", 1, "there is no file `none.ninja`"),
        ("pool p\n  depth = many\n", 1, "pool `p` has no depth"),
        (CP + "build x: cp a\n  pool = p\n", 3, "there is no pool `p`"),
        (CP + "build x: cp a\ndefault z\n", 4, "nothing makes `z`"),
    ],
)
def test_what_ninja_refuses_is_refused_with_its_line(
    ninja: Folder, text: str, line: int, message: str
) -> None:
    problem = ninja.refusal(text)
    assert (problem.line, problem.message) == (line, message)
    assert problem.source


def test_rule_variables_that_need_each_other_are_refused(ninja: Folder) -> None:
    text = "rule r\n  command = $description\n  description = $command\nbuild x: r\n"
    assert "need each other" in ninja.refusal(text).message


def test_a_file_that_includes_itself_is_refused(ninja: Folder) -> None:
    assert ninja.refusal("include build.ninja\n").message == "the files include each other"


def test_a_file_that_is_no_text_is_refused(ninja: Folder) -> None:
    ninja.write("inner.ninja")
    (ninja.path / "inner.ninja").write_bytes(b"a = 1\n\xff\xfe\n")
    problem = ninja.refusal("include inner.ninja\n")
    assert (problem.file, problem.line, problem.message) == ("inner.ninja", 2, "it is not UTF-8")


def test_an_empty_file_is_an_empty_jobfile(ninja: Folder) -> None:
    assert ninja.targets("") == {}


# -- what becomes of it ----------------------------------------------------------------


def test_implicit_and_order_only_inputs(ninja: Folder) -> None:
    targets = ninja.targets(
        CP + "build gen.h: cp gen.in\nbuild dir/stamp: cp s\n"
        "build o | o.map: cp a | b || gen.h dir\n"
    )
    assert targets["o"] == {
        "run": "cp {inputs[0]} {outputs[0]}",
        "inputs": ["a", "b"],
        "outputs": ["o", "o.map"],
        "after": ["gen.h"],
    }


def test_phonies_are_looked_through_and_are_groups_too(ninja: Folder) -> None:
    draft = ninja.draft(
        CP + "build a: cp x\nbuild b: cp y\nbuild both: phony a b\nbuild top: phony both\n"
        "build c: cp z | top\ndefault top\n"
    )
    assert draft.targets["c"]["inputs"] == ["z", "a", "b"]
    assert draft.targets["both"] == {"needs": ["a", "b"]}
    assert draft.targets["top"] == {"needs": ["a", "b"]}
    assert draft.project == {"default": ["top"]}


def test_a_phony_without_inputs_is_a_file_or_makes_its_users_run_always(ninja: Folder) -> None:
    ninja.write("there.h")
    targets = ninja.targets(
        CP + "build there.h: phony\nbuild gone.h: phony\n"
        "build a: cp x | there.h\nbuild b: cp x | gone.h\n"
    )
    assert targets["a"]["inputs"] == ["x", "there.h"]
    assert "always" not in targets["a"]
    assert targets["b"]["inputs"] == ["x"]
    assert targets["b"]["always"] is True


def test_depfiles_pools_and_response_files(ninja: Folder) -> None:
    draft = ninja.draft(
        "pool heavy\n  depth = 2\npool unused\n  depth = 3\n"
        "rule cc\n  command = cc @$rspfile\n  depfile = $out.d\n  deps = gcc\n  pool = heavy\n"
        "  rspfile = $out.rsp\n  rspfile_content = -c $in {outputs}\n  description = CC $out\n"
        "rule ask\n  command = ask > $out\n  pool = console\n"
        "build o: cc a b\nbuild answer: ask\n"
    )
    assert draft.pools == {"heavy": 2}
    assert draft.targets["o"] == {
        "doc": "CC o",
        "run": "cc @o.rsp",
        "inputs": ["a", "b"],
        "outputs": ["o"],
        "depfile": "o.d",
        "files": {"o.rsp": "-c a b {{outputs}}"},
        "pool": "heavy",
    }
    assert draft.targets["answer"]["interactive"] is True


def test_commands_that_sh_e_would_end_early_say_so(ninja: Folder) -> None:
    targets = ninja.targets(
        "rule r\n  command = $c\n"
        "build a: r\n  c = false; echo > a\nbuild b: r\n  c = x && echo 'a;b' > b\n"
    )
    assert targets["a"]["run"] == "set +e; false; echo > {outputs}"
    assert targets["b"]["run"] == "x && echo 'a;b' > {outputs}"


def test_absolute_paths_in_the_project_become_relative(ninja: Folder) -> None:
    here = ninja.path
    targets = ninja.targets(
        f"rule r\n  command = cd {here} && cc -I{here}/inc -I/usr/inc $in -o $out && :\n"
        f"build {here}/o: r {here}/a /usr/b\n"
    )
    assert targets["o"]["run"] == "cc -I{root}/inc -I/usr/inc {root}/a /usr/b -o {root}/o"
    assert targets["o"]["inputs"] == ["a", "/usr/b"]
    assert targets["o"]["outputs"] == ["o"]


def test_a_jobfile_above_the_build_folder(tmp_path: Path) -> None:
    ninja = Folder(tmp_path / "build", "ninja")
    ninja.write("x")
    draft = ninja.draft(CP + "build o: cp ../src/a\n", root=tmp_path)
    assert draft.targets["o"] == {
        "run": "cp {inputs} {outputs}",
        "inputs": ["src/a"],
        "outputs": ["build/o"],
        "cwd": "build",
    }


def test_what_is_left_out_is_told_with_its_line(ninja: Folder) -> None:
    draft = ninja.draft(
        CP + "rule re\n  command = cmake --regenerate-during-build\n  generator = 1\n"
        "rule CLEAN\n  command = ninja -f x -t clean\n"
        "build build.ninja: re\nbuild clean: CLEAN\nbuild /elsewhere/o: cp a\n"
        "build o: cp a |@ check\nbuild check: cp b\ndefault o\n"
    )
    assert notes(draft) == [
        "8: left out: it writes build.ninja anew; after that, import again",
        "9: left out: `jobmake clean` removes what targets made",
        "10: left out: outputs lie below the Jobfile's folder",
        "11: approximated: it is built by a bare `jobmake build`, not with each build of what it"
        " checks",
    ]
    assert draft.project == {"default": ["o", "check"]}
