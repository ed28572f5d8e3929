#ifndef WORDS_H
#define WORDS_H
#define LUCKY "seven"
int count_letters(const char *text);
int table_size(void);
#endif
