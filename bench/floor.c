/* What a perfect tool would still have to do, in C.

     floor stat LIST        look at each file of a list
     floor hash LIST        read each and hash it (XXH3 with -DWITH_XXH, else FNV-1a by words)
     floor read FILE        read one large file
     floor spawn PLAN N     run the commands of a plan in their order, N at once, without a shell
     floor true N           run `true` that often, one after another

   A list is of one path a line; a plan of one command a line, behind the numbers of the lines that
   must be done before it and a tab. Prints a sum, lest the compiler leave something out. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef WITH_XXH
#define XXH_INLINE_ALL
#include <xxhash.h>
#endif

enum { BLOCK = 1 << 20, MOST_AT_ONCE = 64, MOST_WORDS = 65536 };
extern char **environ;
static char block[BLOCK];

static void give_up(const char *what) { perror(what); exit(99); }

static char *whole(const char *path) {
  struct stat found;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &found)) give_up(path);
  char *text = malloc(found.st_size + 1);
  ssize_t have = 0, more;
  while ((more = read(file, text + have, found.st_size - have)) > 0) have += more;
  text[have] = 0;
  close(file);
  return text;
}

static uint64_t hashed(uint64_t sum, const char *data, ssize_t size) {
#ifdef WITH_XXH
  return sum ^ XXH3_64bits(data, size);
#else
  uint64_t word = 0;
  for (ssize_t at = 0; at < size; at += 8) {
    memcpy(&word, data + at, size - at < 8 ? size - at : 8);
    sum = (sum ^ word) * 0x100000001b3ull;
  }
  return sum;
#endif
}

static uint64_t look(const char *path) {
  struct stat found;
  if (fstatat(AT_FDCWD, path, &found, 0)) give_up(path);
  return found.st_mtime > 0;
}

static uint64_t digest(const char *path, int hashes) {
  uint64_t sum = 0;
  ssize_t size;
  int file = open(path, O_RDONLY);
  if (file < 0) give_up(path);
  while ((size = read(file, block, BLOCK)) > 0) sum = hashes ? hashed(sum, block, size) : sum + size;
  close(file);
  return sum;
}

static void each(const char *list, int hashes) {
  uint64_t sum = 0;
  char *next = whole(list);
  while (*next) {
    char *end = strchr(next, '\n');
    *end = 0;
    sum += hashes ? digest(next, 1) : look(next);
    next = end + 1;
  }
  printf("%llx\n", (unsigned long long)sum);
}

static pid_t started(char *command) {
  static char *words[MOST_WORDS];
  char *rest = NULL;
  int count = 0, wrong;
  pid_t process;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (char *word = strtok_r(command, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) words[count++] = word;
  if (count > 2 && !strcmp(words[count - 2], "&&")) count -= 2; /* `&& :` */
  if (count > 2 && !strcmp(words[count - 2], ">")) {
    posix_spawn_file_actions_addopen(&actions, 1, words[count - 1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    count -= 2;
  }
  words[count] = NULL;
  wrong = posix_spawnp(&process, words[0], &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (wrong) { errno = wrong; give_up(words[0]); }
  return process;
}

struct line { char *before, *command; int left, users, first; };

static void run_plan(const char *path, int at_once) {
  char *text = whole(path), *next;
  int lines = 0, edges = 0, ready = 0, running = 0;
  for (next = text; *next; next++) lines += *next == '\n';
  struct line *all = calloc(lines + 1, sizeof *all);
  int *stack = calloc(lines + 1, sizeof *stack), which[MOST_AT_ONCE];
  pid_t processes[MOST_AT_ONCE];
  next = text;
  for (int one = 0; one < lines; one++) {
    char *end = strchr(next, '\n');
    *end = 0;
    all[one].before = next;
    all[one].command = strchr(next, '\t');
    *all[one].command++ = 0;
    next = end + 1;
    for (char *at = all[one].before, *to; *at; at = to) { all[strtol(at, &to, 10)].users++; all[one].left++; edges++; }
  }
  int *users = calloc(edges + 1, sizeof *users), sum = 0;
  for (int one = 0; one < lines; one++) { all[one].first = sum; sum += all[one].users; all[one].users = 0; }
  for (int one = 0; one < lines; one++)
    for (char *at = all[one].before, *to; *at; at = to) {
      struct line *needed = &all[strtol(at, &to, 10)];
      users[needed->first + needed->users++] = one;
    }
  for (int one = lines - 1; one >= 0; one--) if (!all[one].left) stack[ready++] = one;
  while (ready || running) {
    while (ready && running < at_once) {
      which[running] = stack[--ready];
      processes[running] = started(all[which[running]].command);
      running++;
    }
    int status, slot = 0;
    pid_t ended = wait(&status);
    if (ended < 0 || status) { fprintf(stderr, "failed: %d\n", status); exit(1); }
    while (processes[slot] != ended) slot++;
    struct line *done = &all[which[slot]];
    running--;
    processes[slot] = processes[running];
    which[slot] = which[running];
    for (int user = done->first; user < done->first + done->users; user++)
      if (!--all[users[user]].left) stack[ready++] = users[user];
  }
}

static void run_true(int times) {
  char *words[] = {"true", NULL};
  pid_t process;
  int status;
  while (times-- > 0) {
    if (posix_spawnp(&process, "true", NULL, NULL, words, environ)) give_up("true");
    if (waitpid(process, &status, 0) < 0 || status) give_up("true");
  }
}

int main(int count, char **words) {
  if (count < 3) return 2;
  if (!strcmp(words[1], "stat")) each(words[2], 0);
  else if (!strcmp(words[1], "hash")) each(words[2], 1);
  else if (!strcmp(words[1], "read")) printf("%llx\n", (unsigned long long)digest(words[2], 0));
  else if (!strcmp(words[1], "true")) run_true(atoi(words[2]));
  else if (!strcmp(words[1], "spawn") && count > 3 && atoi(words[3]) <= MOST_AT_ONCE) run_plan(words[2], atoi(words[3]));
  else return 2;
  return 0;
}
