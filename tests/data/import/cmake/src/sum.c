const char *sum_name = "sum seven";

int sum(int a, int b) { return a + b; }
