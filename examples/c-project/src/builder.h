/* A text that grows at its end. */
#ifndef TALLY_BUILDER_H
#define TALLY_BUILDER_H

#include "arena.h"
#include "text.h"

typedef struct {
    Arena *arena;
    char *at;
    size_t length, room;
} Builder;

Builder builder_in(Arena *arena);
void builder_add(Builder *builder, Text text);
void builder_add_char(Builder *builder, char c);

/* Add what printf would print. */
void builder_format(Builder *builder, const char *format, ...);

/* Add `count` times the same character. */
void builder_repeat(Builder *builder, char c, size_t count);

/* Return what is there so far; what is added later may move it. */
Text builder_text(const Builder *builder);

#endif
