#include "check.h"
#include "text.h"

int main(void) {
    CHECK(text_equal(text_of(""), text_of("")));
    CHECK(!text_equal(text_of("a"), text_of("ab")));
    CHECK(text_compare(text_of("a"), text_of("b")) < 0);
    CHECK(text_compare(text_of("ab"), text_of("a")) > 0);
    CHECK(text_compare(text_of("a"), text_of("a")) == 0);

    CHECK_TEXT(text_trim(text_of("  two words\t")), "two words");
    CHECK_TEXT(text_trim(text_of("   ")), "");

    double number = 0;
    CHECK(text_number(text_of(" -2.5e3 "), &number));
    CHECK_NEAR(number, -2500.0);
    CHECK(!text_number(text_of(""), &number));
    CHECK(!text_number(text_of("12 km"), &number));
    CHECK(!text_number(text_of("nan"), &number));
    CHECK(!text_number(text_of("0x10"), &number));
    return check_end();
}
