#include "builder.h"
#include "check.h"

int main(void) {
    Arena arena = {0};
    Builder builder = builder_in(&arena);
    CHECK_TEXT(builder_text(&builder), "");

    builder_add(&builder, text_of("one"));
    builder_add_char(&builder, ' ');
    builder_format(&builder, "%d-%s", 2, "three");
    builder_repeat(&builder, '!', 3);
    CHECK_TEXT(builder_text(&builder), "one 2-three!!!");

    for (int i = 0; i < 10000; i++)
        builder_format(&builder, "%d", i % 10);
    CHECK(builder.length == 14 + 10000);
    CHECK(builder.at[builder.length - 1] == '9');

    arena_free(&arena);
    return check_end();
}
