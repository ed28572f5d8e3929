#include "check.h"
#include "table.h"

int main(void) {
    Arena arena = {0};
    Table table = {0};

    Problem problem = table_read(&table, &arena, text_of("name,size\na, 1.5\nb,\nc,3\n"), ',');
    CHECK(problem.line == 0);
    CHECK(table.width == 2 && table.height == 3);
    const Column *name = table_column(&table, text_of("name"));
    const Column *size = table_column(&table, text_of("size"));
    CHECK(name && !name->values);
    CHECK(size && size->values && size->missing == 1);
    CHECK_NEAR(size->values[0], 1.5);
    CHECK(isnan(size->values[1]));
    CHECK_TEXT(name->cells[2], "c");
    CHECK(!table_column(&table, text_of("other")));

    problem = table_read(&table, &arena, text_of("a,b\n1,2\n3\n"), ',');
    CHECK(problem.line == 3);
    problem = table_read(&table, &arena, text_of(""), ',');
    CHECK(problem.line == 1);

    arena_free(&arena);
    return check_end();
}
