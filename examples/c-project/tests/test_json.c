#include "check.h"
#include "json.h"

int main(void) {
    Arena arena = {0};
    Builder builder = builder_in(&arena);
    Json json = json_to(&builder);

    json_open(&json, NULL, '{');
    json_text(&json, "say", text_of("\"hi\"\n"));
    json_open(&json, "list", '[');
    json_count(&json, NULL, 7);
    json_number(&json, NULL, 0.5);
    json_number(&json, NULL, NAN);
    json_close(&json, ']');
    json_open(&json, "none", '[');
    json_close(&json, ']');
    json_close(&json, '}');

    CHECK_TEXT(builder_text(&builder),
               "{\n"
               "  \"say\": \"\\\"hi\\\"\\u000a\",\n"
               "  \"list\": [\n"
               "    7,\n"
               "    0.5,\n"
               "    null\n"
               "  ],\n"
               "  \"none\": []\n"
               "}\n");
    arena_free(&arena);
    return check_end();
}
