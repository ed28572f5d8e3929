#include "csv.h"

#include "builder.h"

Csv csv_of(Text content, char separator) {
    return (Csv){.rest = content, .separator = separator, .line = 1};
}

static char take(Csv *csv) {
    csv->rest.length--;
    return *csv->rest.at++;
}

static bool comes(const Csv *csv, char c) {
    return csv->rest.length && csv->rest.at[0] == c;
}

/* Step over what ends a field, and say what it was. */
static CsvEvent end_field(Csv *csv) {
    if (comes(csv, csv->separator)) {
        take(csv);
        return CSV_FIELD;
    }
    if (comes(csv, '\r'))
        take(csv);
    if (comes(csv, '\n'))
        take(csv);
    csv->line++;
    return CSV_LAST_FIELD;
}

static CsvEvent quoted_field(Csv *csv, Arena *arena, Text *field) {
    Builder builder = builder_in(arena);
    take(csv);
    while (csv->rest.length) {
        char c = take(csv);
        if (c == '"' && !comes(csv, '"')) {
            *field = builder_text(&builder);
            return end_field(csv);
        }
        if (c == '"')
            take(csv); /* two quotes stand for one */
        csv->line += c == '\n';
        builder_add_char(&builder, c);
    }
    return CSV_UNCLOSED;
}

CsvEvent csv_next(Csv *csv, Arena *arena, Text *field) {
    if (!csv->rest.length)
        return CSV_END;
    if (comes(csv, '"'))
        return quoted_field(csv, arena, field);
    *field = (Text){csv->rest.at, 0};
    while (csv->rest.length && !comes(csv, csv->separator) && !comes(csv, '\n') &&
           !comes(csv, '\r')) {
        take(csv);
        field->length++;
    }
    return end_field(csv);
}
