/* A number for a text: equal for equal texts, otherwise most likely not. */
#ifndef TALLY_HASH_H
#define TALLY_HASH_H

#include <stdint.h>

#include "text.h"

uint64_t hash_text(Text text);

#endif
