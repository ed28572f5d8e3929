#include "json.h"

#include <math.h>

Json json_to(Builder *out) {
    return (Json){.out = out};
}

static void add_text(Builder *out, Text text) {
    builder_add_char(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\')
            builder_format(out, "\\%c", c);
        else if (c < 0x20)
            builder_format(out, "\\u%04x", c);
        else
            builder_add_char(out, (char)c);
    }
    builder_add_char(out, '"');
}

static void begin(Json *json, const char *name) {
    if (json->depth) {
        builder_add(json->out, text_of(json->items[json->depth]++ ? ",\n" : "\n"));
        builder_repeat(json->out, ' ', 2 * json->depth);
    }
    if (name) {
        add_text(json->out, text_of(name));
        builder_add(json->out, text_of(": "));
    }
}

void json_open(Json *json, const char *name, char bracket) {
    begin(json, name);
    builder_add_char(json->out, bracket);
    json->items[++json->depth] = 0;
}

void json_close(Json *json, char bracket) {
    if (json->items[json->depth--]) {
        builder_add_char(json->out, '\n');
        builder_repeat(json->out, ' ', 2 * json->depth);
    }
    builder_add_char(json->out, bracket);
    if (!json->depth)
        builder_add_char(json->out, '\n');
}

void json_text(Json *json, const char *name, Text text) {
    begin(json, name);
    add_text(json->out, text);
}

void json_count(Json *json, const char *name, size_t count) {
    begin(json, name);
    builder_format(json->out, "%zu", count);
}

void json_number(Json *json, const char *name, double number) {
    begin(json, name);
    if (isfinite(number))
        builder_format(json->out, "%.6g", number);
    else
        builder_add(json->out, text_of("null"));
}
