#include "check.h"
#include "csv.h"

int main(void) {
    Arena arena = {0};
    Text field = {0};

    Csv csv = csv_of(text_of("a,b\r\n\"x, \"\"y\"\"\nz\",\n"), ',');
    CHECK(csv_next(&csv, &arena, &field) == CSV_FIELD);
    CHECK_TEXT(field, "a");
    CHECK(csv_next(&csv, &arena, &field) == CSV_LAST_FIELD);
    CHECK_TEXT(field, "b");
    CHECK(csv.line == 2);
    CHECK(csv_next(&csv, &arena, &field) == CSV_FIELD);
    CHECK_TEXT(field, "x, \"y\"\nz");
    CHECK(csv.line == 3);
    CHECK(csv_next(&csv, &arena, &field) == CSV_LAST_FIELD);
    CHECK_TEXT(field, "");
    CHECK(csv_next(&csv, &arena, &field) == CSV_END);

    csv = csv_of(text_of("1;2"), ';');
    CHECK(csv_next(&csv, &arena, &field) == CSV_FIELD);
    CHECK(csv_next(&csv, &arena, &field) == CSV_LAST_FIELD);
    CHECK_TEXT(field, "2");

    csv = csv_of(text_of("\"never closed"), ',');
    CHECK(csv_next(&csv, &arena, &field) == CSV_UNCLOSED);

    arena_free(&arena);
    return check_end();
}
