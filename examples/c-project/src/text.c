#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 63 };

Text text_of(const char *string) {
    return (Text){string, strlen(string)};
}

bool text_equal(Text a, Text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

int text_compare(Text a, Text b) {
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

Text text_trim(Text text) {
    while (text.length && is_blank(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length && is_blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

bool text_number(Text text, double *number) {
    char copy[LONGEST_NUMBER + 1];
    text = text_trim(text);
    if (text.length == 0 || text.length > LONGEST_NUMBER)
        return false;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    if (strspn(copy, "+-.0123456789eE") != text.length)
        return false; /* strtod would also take "inf", "nan" and hexadecimal */
    char *end;
    *number = strtod(copy, &end);
    return *end == '\0';
}
