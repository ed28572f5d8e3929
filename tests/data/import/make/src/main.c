#include <stdio.h>

#include "words.h"

static const char *mine = "main seven";

int main(int argc, char **argv) {
    (void)argv;
    printf("%d words, %d letters\n", argc - 1, count_letters(LUCKY) + (mine[0] != 'm'));
    return table_size() != 4;
}
