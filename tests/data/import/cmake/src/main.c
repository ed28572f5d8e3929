#include <stdio.h>

#include "limits.h"
#include "util.h"

int main(void) {
    printf("main seven %s %s %d\n", LIMIT, text(), sum(3, 4));
    return 0;
}
