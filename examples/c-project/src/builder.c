#include "builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

Builder builder_in(Arena *arena) {
    return (Builder){.arena = arena};
}

static char *more(Builder *builder, size_t length) {
    while (builder->room - builder->length < length)
        builder->at =
            arena_grow(builder->arena, builder->at, builder->length, &builder->room, 1);
    char *end = builder->at + builder->length;
    builder->length += length;
    return end;
}

void builder_add(Builder *builder, Text text) {
    if (text.length)
        memcpy(more(builder, text.length), text.at, text.length);
}

void builder_add_char(Builder *builder, char c) {
    *more(builder, 1) = c;
}

void builder_format(Builder *builder, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length > 0) {
        char *end = more(builder, (size_t)length + 1);
        vsnprintf(end, (size_t)length + 1, format, again);
        builder->length--; /* the NUL is not part of it */
    }
    va_end(again);
}

void builder_repeat(Builder *builder, char c, size_t count) {
    if (count)
        memset(more(builder, count), c, count);
}

Text builder_text(const Builder *builder) {
    return (Text){builder->at, builder->length};
}
