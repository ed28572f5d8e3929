#include "arena.h"
#include "check.h"

#include <stdint.h>

int main(void) {
    Arena arena = {0};

    char *first = arena_take(&arena, 3);
    char *second = arena_take(&arena, 3);
    CHECK(first[0] == 0 && first[2] == 0);
    CHECK(second >= first + 3);
    CHECK((uintptr_t)first % 16 == 0 && (uintptr_t)second % 16 == 0);

    /* more than a block holds */
    char *large = arena_take(&arena, 1 << 20);
    large[(1 << 20) - 1] = 'x';
    CHECK(arena.taken >= 1 << 20);

    /* an array that grows keeps what is in it */
    int *numbers = NULL;
    size_t room = 0;
    for (int i = 0; i < 1000; i++) {
        if ((size_t)i == room)
            numbers = arena_grow(&arena, numbers, (size_t)i, &room, sizeof *numbers);
        numbers[i] = i;
    }
    CHECK(numbers[0] == 0 && numbers[500] == 500 && numbers[999] == 999);

    arena_free(&arena);
    CHECK(arena.taken == 0 && !arena.last);
    return check_end();
}
