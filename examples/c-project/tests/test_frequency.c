#include "check.h"
#include "frequency.h"

int main(void) {
    Arena arena = {0};
    Text texts[] = {text_of("sea"), text_of("land"), text_of(""), text_of("sea"), text_of("air")};
    Frequencies found = frequencies_of(texts, COUNT_OF(texts), &arena);
    CHECK(found.count == 3);
    CHECK_TEXT(found.at[0].text, "sea");
    CHECK(found.at[0].count == 2);
    CHECK_TEXT(found.at[1].text, "air"); /* as frequent as land, and before it */
    CHECK_TEXT(found.at[2].text, "land");
    arena_free(&arena);
    return check_end();
}
