#include "options.h"

#include <stdlib.h>
#include <string.h>

const char OPTIONS_HELP[] =
    "usage: tally [options] FILE     FILE may be - for standard input\n"
    "\n"
    "  --only COLUMN   this column only\n"
    "  --by COLUMN     also for each value of this column\n"
    "  --bins N        draw histograms of N bins\n"
    "  --top N         show the N most frequent texts (3)\n"
    "  --separator C   what stands between two fields (,)\n"
    "  --json          write JSON\n"
    "  --version, --help\n";

static bool flag(Options *options, const char *word) {
    if (strcmp(word, "--json") == 0)
        options->json = true;
    else if (strcmp(word, "--help") == 0)
        options->help = true;
    else if (strcmp(word, "--version") == 0)
        options->version = true;
    else
        return false;
    return true;
}

static bool number(const char *word, size_t *number) {
    char *end;
    long value = strtol(word, &end, 10);
    if (*end || value < 0 || value > 1000)
        return false;
    *number = (size_t)value;
    return true;
}

static bool setting(Options *options, const char *name, const char *value) {
    if (strcmp(name, "--bins") == 0)
        return number(value, &options->bins);
    if (strcmp(name, "--top") == 0)
        return number(value, &options->top);
    if (strcmp(name, "--only") == 0)
        options->only = value;
    else if (strcmp(name, "--by") == 0)
        options->by = value;
    else if (strcmp(name, "--separator") == 0)
        options->separator = value[0];
    else
        return false;
    return true;
}

Options options_of(int count, char **words) {
    Options options = {.separator = ',', .top = 3};
    for (int i = 1; i < count; i++) {
        if (words[i][0] != '-' || words[i][1] == '\0')
            options.file = words[i];
        else if (flag(&options, words[i]))
            continue;
        else if (i + 1 < count && setting(&options, words[i], words[i + 1]))
            i++;
        else
            options.wrong = words[i];
    }
    return options;
}
