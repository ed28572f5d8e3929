#include "check.h"
#include "group.h"

int main(void) {
    Arena arena = {0};
    Table table = {0};
    table_read(&table, &arena, text_of("kind,size\nb,5\na,1\nb,3\na,\n"), ',');
    const Column *kind = table_column(&table, text_of("kind"));
    const Column *size = table_column(&table, text_of("size"));

    Group all = group_all(&table, size, &arena);
    CHECK(all.sorted.count == 3);
    CHECK(all.sorted.at[0] == 1 && all.sorted.at[2] == 5);

    Groups groups = group_by(&table, size, kind, &arena);
    CHECK(groups.count == 2);
    CHECK_TEXT(groups.at[0].name, "b");
    CHECK(groups.at[0].sorted.count == 2 && groups.at[0].sorted.at[0] == 3);
    CHECK(groups.at[1].sorted.count == 1);

    arena_free(&arena);
    return check_end();
}
