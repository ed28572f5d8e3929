#include "numbers.h"

void numbers_add(Numbers *numbers, Arena *arena, double number) {
    if (numbers->count == numbers->room)
        numbers->at =
            arena_grow(arena, numbers->at, numbers->count, &numbers->room, sizeof(double));
    numbers->at[numbers->count++] = number;
}

static void sink(double *heap, size_t start, size_t count) {
    double number = heap[start];
    for (size_t child; (child = 2 * start + 1) < count; start = child) {
        if (child + 1 < count && heap[child] < heap[child + 1])
            child++;
        if (heap[child] <= number)
            break;
        heap[start] = heap[child];
    }
    heap[start] = number;
}

/* Heap sort: no recursion, no bad case. */
void numbers_sort(Numbers *numbers) {
    double *at = numbers->at;
    for (size_t i = numbers->count / 2; i-- > 0;)
        sink(at, i, numbers->count);
    for (size_t end = numbers->count; end-- > 1;) {
        double largest = at[0];
        at[0] = at[end];
        at[end] = largest;
        sink(at, 0, end);
    }
}
