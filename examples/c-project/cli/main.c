/* tally: what is in a table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "options.h"
#include "report.h"
#include "version.h"

enum { BAD_DATA = 1, BAD_USAGE = 2 };

static bool find_column(const Table *table, const char *name, const Column **column) {
    if (!name)
        return true;
    *column = table_column(table, text_of(name));
    if (!*column)
        fprintf(stderr, "tally: there is no column `%s`\n", name);
    return *column;
}

static int print_report(const Options *options, const Table *table, Arena *arena) {
    Report report = {.table = table, .bins = options->bins, .top = options->top};
    if (!find_column(table, options->only, &report.only) ||
        !find_column(table, options->by, &report.by))
        return BAD_USAGE;
    Builder out = builder_in(arena);
    (options->json ? report_json : report_text)(&report, arena, &out);
    fwrite(out.at, 1, out.length, stdout);
    return 0;
}

static int tally(const Options *options, Arena *arena) {
    Text content;
    Table table = {0};
    if (!file_read(options->file, arena, &content)) {
        fprintf(stderr, "tally: %s: %s\n", options->file, strerror(errno));
        return BAD_DATA;
    }
    Problem problem = table_read(&table, arena, content, options->separator);
    if (problem.line) {
        fprintf(stderr, "tally: %s:%zu: %s\n", options->file, problem.line, problem.what);
        return BAD_DATA;
    }
    return print_report(options, &table, arena);
}

int main(int count, char **words) {
    Options options = options_of(count, words);
    Arena arena = {0};
    if (options.version)
        return puts("tally " TALLY_VERSION) < 0;
    if (options.help)
        return fputs(OPTIONS_HELP, stdout) < 0;
    if (options.wrong || !options.file) {
        fprintf(stderr, "tally: %s\n%s", options.wrong ? options.wrong : "which file?",
                OPTIONS_HELP);
        return BAD_USAGE;
    }
    int code = tally(&options, &arena);
    arena_free(&arena);
    return code;
}
