#define GREETING "seven greetings"
int sum(int a, int b);
const char *text(void);
