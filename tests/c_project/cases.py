"""The tables of edits: what is edited, and what jobmake makes again after it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from tests.c_project.edits import (
    Edit,
    append,
    edits,
    in_build_files,
    in_outputs,
    include_name,
    mode,
    nothing,
    prepend,
    remove,
    rename,
    replace,
    spoil,
    touch,
    write,
    write_as_old,
)

# Which files of the library each test has linked with it. The program has all of them.
USES = {
    "test_arena": "arena",
    "test_builder": "arena builder text",
    "test_csv": "arena builder csv text",
    "test_frequency": "arena frequency hash map text",
    "test_group": "arena builder csv group hash map numbers table text",
    "test_histogram": "arena histogram numbers",
    "test_json": "arena builder json text",
    "test_map": "arena builder hash map text",
    "test_stats": "arena numbers stats",
    "test_table": "arena builder csv table text",
    "test_text": "text",
}
TESTS = " ".join(f"tests/{name}" for name in USES)
TEST_OBJECTS = " ".join(f"tests/{name}.o" for name in USES)
TEST_RUNS = " ".join(f"tests/{name}.log" for name in USES)
OBJECTS = f"src/*.o cli/*.o {TEST_OBJECTS}"
PROGRAM = "tally rivers.txt rivers.json"  # and what is made with it
LINKED = f"libtally.a tally {TESTS}"  # what is linked with the library, and again at each change
ALL = f"gen/version.h {OBJECTS} {LINKED} {TEST_RUNS} {PROGRAM}"


def library(*names: str) -> str:
    """What follows from other code in files of the library: all is linked again, but only tests
    that have that code in them are run again."""
    tests = [test for test, used in USES.items() if set(names) & set(used.split())]
    return " ".join(
        [LINKED, PROGRAM, *(f"src/{name}.o" for name in names), *(f"tests/{t}.log" for t in tests)]
    )


def compiled(names: str) -> str:
    """The objects of files: `src/map tests/test_map`."""
    return " ".join(f"{name}.o" for name in names.split())


@dataclass(frozen=True)
class Case:
    name: str
    edit: Edit
    made: str  # by jobmake, as outputs; with *
    before: Edit = nothing  # an edit that was built already
    fails: str = ""
    more: str = ""  # what of it ninja does not make
    because: str = ""  # why jobmake does
    misled: bool = False  # what ninja has then is not what a clean build makes


SLUG = '#include "text.h"\n\nText slug_of(Text text);\nText slug_of(Text text) { return text; }\n'
NEW_TEST = (
    '#include "check.h"\n\nint main(void) {\n    CHECK(1 + 1 == 2);\n    return check_end();\n}\n'
)
OTHER_CC = f"""#!/bin/sh
if [ "$1" = --version ]; then echo "another cc 1.0"; else exec {shutil.which("cc")} "$@"; fi
"""
DEEPEST = "enum { JSON_DEEPEST = 16 };\n"
LIMITS = f"#ifndef LIMITS_H\n#define LIMITS_H\n{DEEPEST}#endif\n"
HASH_BASE = ("14695981039346656037u", "14695981039346656039u")  # another hash, as good
NOTHING_TO_DO = [
    Case("nothing", nothing, ""),
    Case("a .c is touched", touch("src/hash.c"), ""),
    Case("a header is touched", touch("src/base.h"), ""),
    Case("all is touched", touch("*/*", "VERSION", "build/*/*/*"), ""),
    Case("an edit is taken back before the build",
         edits(replace("src/hash.c", *HASH_BASE), replace("src/hash.c", *HASH_BASE[::-1])), ""),
    Case("a header comes that nobody includes", write("src/new.h", "int unused;\n"), ""),
    Case("a remark in the build files", edits(append("Jobfile.toml", "# the end\n"),
         append("build.ninja", "# the end\n")), ""),
    Case("another `doc`", replace("Jobfile.toml", "Run one test", "Run a test"), ""),
    Case("the README", append("README.md", "One more line.\n"), ""),
]  # fmt: skip

ONE_FILE = [
    Case("a comment in the library", replace("src/hash.c", "64 bits", "of 64 bits"), "src/hash.o"),
    Case("lines of comment above the code", prepend("src/map.c", "/*\n * A map.\n */\n"),
         "src/map.o"),
    Case("other blanks", replace("src/map.c", "    return", "        return"), "src/map.o"),
    Case("a variable has another name", replace("src/builder.c", "again", "once_more"),
         "src/builder.o"),
    Case("other code, in use everywhere", replace("src/arena.c", "1 << 16", "1 << 17"),
         library("arena")),
    Case("other code, in use here and there", replace("src/hash.c", *HASH_BASE), library("hash")),
    Case("other code that no test has in it", replace("src/file.c", "part[4096]", "part[8192]"),
         library("file")),
    Case("other code in two files", edits(replace("src/hash.c", *HASH_BASE),
         replace("src/histogram.c", "width <= 0", "width == 0")), library("hash", "histogram")),
    Case("other code in the program", replace("cli/options.c", "value > 1000", "value > 999"),
         f"cli/options.o {PROGRAM}"),
    Case("other words in what is printed, and in what is expected",
         edits(replace("src/report_text.c", '"deviation"', '"std. dev."'),
               replace("expected/rivers.txt", "deviation", "std. dev.")), library("report_text")),
    Case("a comment in a test", replace("tests/test_json.c", "    return check_end();",
         "    return check_end(); /* so many */"), "tests/test_json.o"),
    Case("a line more in a test: the numbers of its lines are in its code",
         prepend("tests/test_json.c", "/* JSON */\n"), "tests/test_json.o tests/test_json*"),
    Case("one check more", replace("tests/test_text.c", "    double number",
         '    CHECK_TEXT(text_of("a"), "a");\n    double number'),
         "tests/test_text tests/test_text.o tests/test_text.log"),
]  # fmt: skip

HEADERS = [
    Case("a comment in the header that all others include",
         replace("src/base.h", "What every", "That on which every"), OBJECTS),
    Case("a comment in a header that two include", replace("src/hash.h", "most likely", "probably"),
         compiled("src/hash src/map")),
    Case("a comment in a header of the program", replace("cli/options.h", "asks", "is asking"),
         compiled("cli/main cli/options")),
    Case("a comment, four headers deep", replace("src/csv.h", "field by field", "by field"),
         compiled("src/csv src/table src/group src/report src/report_text src/report_json"
                  " cli/main tests/test_csv tests/test_table tests/test_group")),
    Case("the headers' guard", edits(replace("src/map.h", "ifndef TALLY_MAP_H", "ifndef MAP_H"),
         replace("src/map.h", "define TALLY_MAP_H", "define MAP_H")),
         compiled("src/map src/frequency src/group src/report_text src/report_json"
                  " tests/test_map tests/test_frequency")),
    Case("a macro that nobody uses", replace("src/stats.h", "#endif", "#define UNUSED 1\n\n#endif"),
         compiled("src/stats src/report_text src/report_json tests/test_stats")),
    Case("another constant", replace("src/json.h", "DEEPEST = 16", "DEEPEST = 24"),
         f"{library('json', 'report_json')} tests/test_json.o"),
    Case("another order in a struct",
         edits(replace("src/histogram.h", "double least, width;", "size_t *counts;"),
               replace("src/histogram.h", "size_t *counts;\n    size_t bins",
                       "double least, width;\n    size_t bins")),
         f"{library('histogram', 'report_text', 'report_json')} tests/test_histogram.o"),
    Case("a comment in the header of the tests",
         replace("tests/check.h", "how many", "and how many"), TEST_OBJECTS),
    Case("other words in the header of the tests",
         replace("tests/check.h", "this is not so", "not so"),
         f"{TEST_OBJECTS} {TESTS} {TEST_RUNS}"),
]  # fmt: skip

LIKES_HASH = replace("src/text.c", '#include "text.h"\n', '#include "text.h"\n#include "hash.h"\n')
LIKES_HASH_NOT = replace("src/text.c", '#include "hash.h"\n', "")
HASH_REMARK = replace("src/hash.h", "most likely", "probably")
JSON_USERS = compiled("src/json src/report_json tests/test_json")
SPLIT = edits(write("src/limits.h", LIMITS),
              replace("src/json.h", DEEPEST, '#include "limits.h"\n'))  # fmt: skip

INCLUDES = [
    Case("an #include more", LIKES_HASH, "src/text.o"),
    Case("what it includes changes then", HASH_REMARK, compiled("src/hash src/map src/text"),
         before=LIKES_HASH),
    Case("an #include less", LIKES_HASH_NOT, "src/text.o", before=LIKES_HASH),
    Case("what was included changes together with that", edits(LIKES_HASH_NOT, HASH_REMARK),
         compiled("src/hash src/map src/text"), before=LIKES_HASH),
    Case("a header gets another name",
         edits(rename("src/json.h", "src/to_json.h"), include_name("json.h", "to_json.h")),
         JSON_USERS),
    Case("a header becomes two", SPLIT, JSON_USERS),
    Case("the second one changes", replace("src/limits.h", "= 16", "= 16 + 0"), JSON_USERS,
         before=SPLIT),
    Case("two headers become one", edits(remove("src/limits.h"),
         replace("src/json.h", '#include "limits.h"\n', DEEPEST)),
         JSON_USERS, before=SPLIT),
    Case("a header goes, and with it the #include", edits(remove("src/new.h"),
         replace("src/stats.c", '#include "new.h"\n', "")), "src/stats.o",
         before=edits(write("src/new.h", "extern int unused;\n"),
                      prepend("src/stats.c", '#include "new.h"\n'))),
]  # fmt: skip

FILES = [
    Case("a file more in the library", write("src/slug.c", SLUG), f"src/slug.o {LINKED}"),
    Case("a file less", remove("src/slug.c"), LINKED, before=write("src/slug.c", SLUG)),
    Case("a file with another name", rename("src/slug.c", "src/short.c"), f"src/short.o {LINKED}",
         before=write("src/slug.c", SLUG)),
    Case("a file more in the program", write("cli/slug.c", SLUG), f"cli/slug.o {PROGRAM}"),
    Case("a test more", write("tests/test_hash.c", NEW_TEST),
         "tests/test_hash tests/test_hash.o tests/test_hash.log"),
    Case("a test less", remove("tests/test_json.c"), ""),
    Case("code moves from one file to another", edits(remove("src/report.c"), append(
         "src/report_text.c", "\nbool report_shows(const Report *report, const Column *column) {\n"
         "    return report->only ? column == report->only : column != report->by;\n}\n")),
         library("report_text")),
]  # fmt: skip

OUTPUTS = [
    Case("an object is deleted", in_outputs(lambda top: remove(top + "src/map.o")), "src/map.o"),
    Case("an object is edited", in_outputs(lambda top: spoil(top + "src/map.o")), "src/map.o"),
    Case("the library is deleted", in_outputs(lambda top: remove(top + "libtally.a")),
         "libtally.a"),
    Case("the program is deleted", in_outputs(lambda top: remove(top + "tally")), "tally"),
    Case("what a test wrote is deleted",
         in_outputs(lambda top: remove(top + "tests/test_map.log")), "tests/test_map.log"),
    Case("the generated header is deleted", in_outputs(lambda top: remove(top + "gen/version.h")),
         "gen/version.h"),
    Case("all is deleted", remove("build"), ALL),
]  # fmt: skip

SETTINGS = [
    Case("another flag, other code", in_build_files("-pedantic -O1", "-pedantic -O2"),
         f"{OBJECTS} {LINKED} {TEST_RUNS} {PROGRAM}"),
    Case("another flag, the same code", in_build_files("-pedantic -O1", "-pedantic -Wundef -O1"),
         OBJECTS),
    Case("a param that one target uses", edits(replace("Jobfile.toml", "bins = 6", "bins = 8"),
         replace("build.ninja", "bins = 6", "bins = 8")), "rivers.json"),
    Case("another version", replace("VERSION", "1.4.0", "1.5.0"),
         f"gen/version.h cli/main.o {library('report_json')}"),
    Case("the version, said with a line more", append("VERSION", "\n"), "gen/version.h"),
    Case("a comment in the script", append("scripts/version.sh", "# done\n"), "gen/version.h"),
    Case("another header from the script, the same for the compiler",
         replace("scripts/version.sh", "#endif", "/* made */\n#endif"),
         f"gen/version.h {compiled('src/report_json cli/main')}"),
    Case("quotes in the data", replace("data/rivers.csv", "Rhine", '"Rhine"'),
         "rivers.txt rivers.json"),
    Case("other data, and what is expected then",
         edits(replace("data/rivers.csv", "66,Atlantic", "66,Indian"),
               replace("expected/rivers.txt", "Atlantic           8\n  Arctic             4\n"
                       "  Indian             4",
                       "Atlantic           7\n  Indian             5\n  Arctic             4")),
         "rivers.txt rivers.json"),
]  # fmt: skip

FAILURES = [
    Case("code that is none", append("src/map.c", "oops\n"), "", fails="src/map.o"),
    Case("a header that is not there", prepend("src/map.c", '#include "nowhere.h"\n'), "",
         fails="src/map.o"),
    Case("a header goes, and the #include stays", remove("src/hash.h"), "",
         fails="src/hash.o src/map.o"),
    Case("a test that fails", replace("tests/test_text.c", "    double number",
         "    CHECK(1 + 1 == 3);\n    double number"),
         "tests/test_text tests/test_text.o", fails="tests/test_text.log"),
    Case("other words in what is printed only", replace("src/report_text.c", "different", "texts"),
         f"src/report_text.o {LINKED} rivers.json", fails="rivers.txt"),
    Case("code is right again", replace("src/map.c", "oops\n", "/* well */\n"), "src/map.o",
         before=append("src/map.c", "oops\n")),
]  # fmt: skip

TIMES = "ninja looks at times, jobmake at what is in the files"
EDITED = "an output that was edited is no output: ninja takes it for a new one"
BEYOND_NINJA = [
    Case("other code, with an old time", write_as_old("src/hash.c", *HASH_BASE), library("hash"),
         more=library("hash"), because=TIMES, misled=True),
    Case("a header with an old time",
         write_as_old("src/json.h", "DEEPEST = 16", "DEEPEST = 24"),
         f"{library('json', 'report_json')} tests/test_json.o",
         more=f"{library('json', 'report_json')} tests/test_json.o", because=TIMES, misled=True),
    Case("the program is edited", in_outputs(lambda top: spoil(top + "tally")), "tally",
         more="tally", because=EDITED, misled=True),
    Case("the generated header is edited", in_outputs(lambda top: replace(
         top + "gen/version.h", "1.4.0", "6.6.6")), "gen/version.h",
         more="gen/version.h", because=EDITED, misled=True),
    Case("what a test wrote is edited", in_outputs(lambda top: append(
         top + "tests/test_map.log", "so be it\n")), "tests/test_map.log",
         more="tests/test_map.log", because=EDITED, misled=True),
    Case("a source may be run now", mode("VERSION", 0o755), "gen/version.h", more="gen/version.h",
         because="the executable bit is a part of a file"),
    Case("another compiler, the same code", write("bin/cc", OTHER_CC),
         f"{OBJECTS} tally {TESTS}", more=f"{OBJECTS} tally {TESTS}",
         because="the compiler's version is in the probes"),
]  # fmt: skip

CASES = [*NOTHING_TO_DO, *ONE_FILE, *HEADERS, *INCLUDES, *FILES, *OUTPUTS, *SETTINGS, *FAILURES,
         *BEYOND_NINJA]  # fmt: skip
