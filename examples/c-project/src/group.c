#include "group.h"

#include <math.h>

#include "map.h"

Group group_all(const Table *table, const Column *values, Arena *arena) {
    Group group = {0};
    for (size_t row = 0; row < table->height; row++)
        if (!isnan(values->values[row]))
            numbers_add(&group.sorted, arena, values->values[row]);
    numbers_sort(&group.sorted);
    return group;
}

Groups group_by(const Table *table, const Column *values, const Column *by, Arena *arena) {
    Map names = {0};
    Groups groups = {arena_take(arena, table->height * sizeof(Group)), 0};
    for (size_t row = 0; row < table->height; row++) {
        Group *group = &groups.at[map_add(&names, arena, by->cells[row])];
        group->name = by->cells[row];
        if (!isnan(values->values[row]))
            numbers_add(&group->sorted, arena, values->values[row]);
    }
    groups.count = names.count;
    for (size_t i = 0; i < groups.count; i++)
        numbers_sort(&groups.at[i].sorted);
    return groups;
}
