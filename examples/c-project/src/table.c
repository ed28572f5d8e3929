#include "table.h"

#include <math.h>

typedef struct {
    Text *cells; /* row after row */
    size_t count, room, width;
} Cells;

static Problem read_cells(Cells *cells, Arena *arena, Csv csv) {
    size_t in_row = 0;
    for (;;) {
        size_t line = csv.line;
        Text field;
        CsvEvent event = csv_next(&csv, arena, &field);
        if (event == CSV_END)
            return (Problem){0};
        if (event == CSV_UNCLOSED)
            return (Problem){line, "a quote is opened and never closed"};
        if (cells->count == cells->room)
            cells->cells =
                arena_grow(arena, cells->cells, cells->count, &cells->room, sizeof(Text));
        cells->cells[cells->count++] = text_trim(field);
        in_row++;
        if (event == CSV_LAST_FIELD) {
            if (!cells->width)
                cells->width = in_row;
            if (in_row != cells->width)
                return (Problem){line, "this row is shorter or longer than the first"};
            in_row = 0;
        }
    }
}

/* A column is of numbers if all its cells are, the empty ones aside, and there is one. */
static double *values_of(const Column *column, Arena *arena, size_t height) {
    double *values = arena_take(arena, height * sizeof *values);
    for (size_t row = 0; row < height; row++) {
        if (!column->cells[row].length)
            values[row] = NAN;
        else if (!text_number(column->cells[row], &values[row]))
            return NULL;
    }
    return column->missing < height ? values : NULL;
}

static void fill_column(Column *column, Arena *arena, const Cells *cells, size_t index) {
    size_t height = cells->count / cells->width - 1;
    column->name = cells->cells[index];
    column->cells = arena_take(arena, height * sizeof *column->cells);
    for (size_t row = 0; row < height; row++) {
        column->cells[row] = cells->cells[(row + 1) * cells->width + index];
        column->missing += !column->cells[row].length;
    }
    column->values = values_of(column, arena, height);
}

Problem table_read(Table *table, Arena *arena, Text content, char separator) {
    Cells cells = {0};
    Problem problem = read_cells(&cells, arena, csv_of(content, separator));
    if (problem.line)
        return problem;
    if (!cells.count)
        return (Problem){1, "there is no row with the names of the columns"};
    table->width = cells.width;
    table->height = cells.count / cells.width - 1;
    table->columns = arena_take(arena, table->width * sizeof *table->columns);
    for (size_t i = 0; i < table->width; i++)
        fill_column(&table->columns[i], arena, &cells, i);
    return problem;
}

const Column *table_column(const Table *table, Text name) {
    for (size_t i = 0; i < table->width; i++)
        if (text_equal(table->columns[i].name, name))
            return &table->columns[i];
    return NULL;
}
