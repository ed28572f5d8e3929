#include <stdio.h>

#include "words.h"

static const char *mine = "main seven";

int main(int argc, char **argv) {
    (void)argv;
    if (argc == 1) puts(mine);
    printf("%d words, %d letters\n", argc - 1, count_letters(LUCKY));
    return table_size() != 4;
}
