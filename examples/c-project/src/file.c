#include "file.h"

#include <stdio.h>
#include <string.h>

#include "builder.h"

static bool read_all(FILE *file, Arena *arena, Text *content) {
    Builder builder = builder_in(arena);
    char part[4096];
    size_t length;
    while ((length = fread(part, 1, sizeof part, file)) > 0)
        builder_add(&builder, (Text){part, length});
    *content = builder_text(&builder);
    return !ferror(file);
}

bool file_read(const char *path, Arena *arena, Text *content) {
    if (strcmp(path, "-") == 0)
        return read_all(stdin, arena, content);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    bool good = read_all(file, arena, content);
    fclose(file);
    return good;
}
