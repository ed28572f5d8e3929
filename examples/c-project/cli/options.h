/* What the command line asks for. */
#ifndef TALLY_OPTIONS_H
#define TALLY_OPTIONS_H

#include "base.h"

typedef struct {
    const char *file, *only, *by; /* NULL: not given */
    char separator;
    size_t bins, top;
    bool json, help, version;
    const char *wrong; /* the word that was not understood, or NULL */
} Options;

Options options_of(int count, char **words);

extern const char OPTIONS_HELP[];

#endif
