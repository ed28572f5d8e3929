/* A table in memory: columns with a name each, and as many cells as there are rows. */
#ifndef TALLY_TABLE_H
#define TALLY_TABLE_H

#include "csv.h"

typedef struct {
    Text name;
    Text *cells;
    double *values; /* by row, NAN where nothing is; NULL if the column is not of numbers */
    size_t missing; /* how many cells are empty */
} Column;

typedef struct {
    Column *columns;
    size_t width, height;
} Table;

typedef struct {
    size_t line; /* 0: there is none */
    const char *what;
} Problem;

/* Read a table whose first row holds the names. */
Problem table_read(Table *table, Arena *arena, Text content, char separator);

/* Return the column of that name, or NULL. */
const Column *table_column(const Table *table, Text name);

#endif
