#include "builder.h"
#include "check.h"
#include "map.h"

static Text key_of(Arena *arena, int i) {
    Builder builder = builder_in(arena);
    builder_format(&builder, "key %d", i);
    return builder_text(&builder);
}

int main(void) {
    Arena arena = {0};
    Map map = {0};
    CHECK(map_find(&map, text_of("a")) == MAP_NONE);
    CHECK(map_add(&map, &arena, text_of("a")) == 0);
    CHECK(map_add(&map, &arena, text_of("b")) == 1);
    CHECK(map_add(&map, &arena, text_of("a")) == 0);
    CHECK(map_find(&map, text_of("b")) == 1);
    CHECK(map_find(&map, text_of("c")) == MAP_NONE);

    for (int i = 0; i < 5000; i++)
        map_add(&map, &arena, key_of(&arena, i));
    CHECK(map.count == 5002);
    CHECK(map_find(&map, text_of("key 4321")) == 4323);
    CHECK_TEXT(map.keys[4323], "key 4321");

    arena_free(&arena);
    return check_end();
}
