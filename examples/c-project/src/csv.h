/* Reads comma-separated values as RFC 4180 has them, field by field. */
#ifndef TALLY_CSV_H
#define TALLY_CSV_H

#include "arena.h"
#include "text.h"

typedef struct {
    Text rest; /* what has not been read yet */
    char separator;
    size_t line; /* of the next field, from 1 */
} Csv;

typedef enum {
    CSV_FIELD,      /* more fields of this row follow */
    CSV_LAST_FIELD, /* the last one of its row */
    CSV_END,        /* there is nothing more */
    CSV_UNCLOSED,   /* a quote was opened and never closed */
} CsvEvent;

Csv csv_of(Text content, char separator);

/* Read the next field. Its text stays valid as long as the content and the arena. */
CsvEvent csv_next(Csv *csv, Arena *arena, Text *field);

#endif
