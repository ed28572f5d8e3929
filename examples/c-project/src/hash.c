#include "hash.h"

/* FNV-1a, 64 bits. */
uint64_t hash_text(Text text) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < text.length; i++) {
        hash ^= (unsigned char)text.at[i];
        hash *= 1099511628211u;
    }
    return hash;
}
