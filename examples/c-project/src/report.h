/* What tally prints of a table, for people and for programs. */
#ifndef TALLY_REPORT_H
#define TALLY_REPORT_H

#include "builder.h"
#include "group.h"

typedef struct {
    const Table *table;
    const Column *only; /* NULL: every column */
    const Column *by;   /* NULL: no groups */
    size_t bins;        /* of the histograms; 0: none */
    size_t top;         /* how many of the most frequent texts */
} Report;

void report_text(const Report *report, Arena *arena, Builder *out);
void report_json(const Report *report, Arena *arena, Builder *out);

/* Say whether the report shows a column. */
bool report_shows(const Report *report, const Column *column);

#endif
