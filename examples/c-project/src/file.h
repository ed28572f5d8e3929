/* Reads whole files. */
#ifndef TALLY_FILE_H
#define TALLY_FILE_H

#include "arena.h"
#include "text.h"

/* Read a file, or standard input if the path is "-". On failure errno says why. */
bool file_read(const char *path, Arena *arena, Text *content);

#endif
