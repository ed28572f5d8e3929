/* A piece of text that somebody else owns: where it begins and how long it is. */
#ifndef TALLY_TEXT_H
#define TALLY_TEXT_H

#include "base.h"

typedef struct {
    const char *at;
    size_t length;
} Text;

Text text_of(const char *string);
bool text_equal(Text a, Text b);
int text_compare(Text a, Text b);

/* Return the text without the blanks around it. */
Text text_trim(Text text);

/* Read a decimal number that is the whole of the text, blanks around it aside. */
bool text_number(Text text, double *number);

#endif
