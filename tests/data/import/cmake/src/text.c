#include "util.h"

const char *text(void) { return GREETING; }
