/* Writes JSON, two blanks for each level; commas and line ends come by themselves. */
#ifndef TALLY_JSON_H
#define TALLY_JSON_H

#include "builder.h"

enum { JSON_DEEPEST = 16 };

typedef struct {
    Builder *out;
    size_t depth;
    size_t items[JSON_DEEPEST]; /* written so far, by level */
} Json;

Json json_to(Builder *out);

/* Inside of an object give each value its name, inside of a list give NULL. */
void json_open(Json *json, const char *name, char bracket);
void json_close(Json *json, char bracket);
void json_text(Json *json, const char *name, Text text);
void json_count(Json *json, const char *name, size_t count);

/* What JSON has no number for is null. */
void json_number(Json *json, const char *name, double number);

#endif
