/* Kills a process, or lets its calls fail, before a chosen one of the calls by which it changes
 * a project. Loaded into jobmake by LD_PRELOAD; see `faulty.py`.
 *
 * Only the first process has it: its children are started without. Calls are counted from 1, and
 * only those that concern a path below FAULTY_ROOT.
 *
 *   FAULTY_LOG     a file to which each call is written: name, path
 *   FAULTY_AT      the number of the call before which it happens
 *   FAULTY_ERROR   the error that the call gives instead; 0: the process is killed
 *   FAULTY_LASTS   1: all calls after it fail as well
 *   FAULTY_READS   1: calls that only read count, too
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[PATH_MAX];
static size_t root_length;
static int log_file = -1, fault, lasts, reads;
static long at, count;
static pid_t owner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULTY_ROOT"), *value;

    unsetenv("LD_PRELOAD");
    if (!path)
        return;
    owner = getpid();
    root_length = (size_t)snprintf(root, sizeof root, "%s", path);
    at = (value = getenv("FAULTY_AT")) ? atol(value) : 0;
    fault = (value = getenv("FAULTY_ERROR")) ? atoi(value) : 0;
    lasts = (value = getenv("FAULTY_LASTS")) && *value == '1';
    reads = (value = getenv("FAULTY_READS")) && *value == '1';
    if ((value = getenv("FAULTY_LOG"))) {
        log_file = open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (log_file >= 0) { /* out of the way of the numbers that a program expects */
            int high = fcntl(log_file, F_DUPFD_CLOEXEC, 500);
            close(log_file);
            log_file = high;
        }
    }
}

/* The path of an open file, or of one that is named relative to an open folder. */
static const char *full(int folder, const char *name, char *space)
{
    char link[64];
    ssize_t length;

    if (name && *name == '/')
        return name;
    if (folder == AT_FDCWD)
        length = getcwd(space, PATH_MAX) ? (ssize_t)strlen(space) : -1;
    else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = readlink(link, space, PATH_MAX - 1);
    }
    if (length < 0)
        return "";
    space[length] = 0;
    if (name && *name)
        snprintf(space + length, PATH_MAX - (size_t)length, "/%s", name);
    return space;
}

/* Count a call; return whether it is to fail. Does not return where the process is to end. */
static int fails(const char *call, int folder, const char *name)
{
    char space[PATH_MAX * 2];
    const char *path;
    int kept = errno, hit;
    long number;

    if (!root_length || getpid() != owner)
        return 0;
    path = full(folder, name, space);
    if (strncmp(path, root, root_length) || (path[root_length] && path[root_length] != '/')) {
        errno = kept;
        return 0;
    }
    pthread_mutex_lock(&lock);
    number = ++count;
    pthread_mutex_unlock(&lock);
    if (log_file >= 0)
        dprintf(log_file, "%s %s\n", call, path[root_length] ? path + root_length + 1 : ".");
    hit = at && (number == at || (lasts && number > at));
    if (hit && !fault) {
        kill(owner, SIGKILL);
        for (;;)
            pause();
    }
    errno = hit ? fault : kept;
    return hit;
}

#define REAL(result, name, ...)                                                                  \
    static result (*real)(__VA_ARGS__);                                                          \
    if (!real)                                                                                   \
    real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

/* Calls that open a file: they change something if they may create it or cut it. */
static int opens(const char *call, int folder, const char *path, int flags)
{
    int changes = flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR);

    return (changes || reads) && fails(changes ? call : "open to read", folder, path);
}

#define OPEN(name)                                                                               \
    int name(const char *path, int flags, ...)                                                   \
    {                                                                                            \
        REAL(int, name, const char *, int, ...);                                                 \
        va_list rest;                                                                            \
        va_start(rest, flags);                                                                   \
        mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(rest, mode_t) : 0;              \
        va_end(rest);                                                                            \
        return opens("open", AT_FDCWD, path, flags) ? -1 : real(path, flags, mode);              \
    }
#define OPENAT(name)                                                                             \
    int name(int folder, const char *path, int flags, ...)                                       \
    {                                                                                            \
        REAL(int, name, int, const char *, int, ...);                                            \
        va_list rest;                                                                            \
        va_start(rest, flags);                                                                   \
        mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(rest, mode_t) : 0;              \
        va_end(rest);                                                                            \
        return opens("open", folder, path, flags) ? -1 : real(folder, path, flags, mode);        \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* NAME(result, call, what decides, parameters, arguments) */
#define CALL(result, name, concerns, parameters, arguments)                                      \
    result name parameters                                                                       \
    {                                                                                            \
        static result(*real) parameters;                                                         \
        if (!real)                                                                               \
            real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                                \
        return (concerns) ? (result)-1 : real arguments;                                         \
    }

#define ON_FILE(name, file) fails(#name, file, NULL)
#define ON_PATH(name, path) fails(#name, AT_FDCWD, path)

CALL(ssize_t, write, ON_FILE(write, f), (int f, const void *d, size_t n), (f, d, n))
CALL(ssize_t, pwrite, ON_FILE(pwrite, f), (int f, const void *d, size_t n, off_t o), (f, d, n, o))
CALL(ssize_t, pwrite64, ON_FILE(pwrite, f), (int f, const void *d, size_t n, off64_t o),
     (f, d, n, o))
CALL(ssize_t, writev, ON_FILE(writev, f), (int f, const struct iovec *v, int n), (f, v, n))
CALL(ssize_t, sendfile, ON_FILE(sendfile, f), (int f, int g, off_t *o, size_t n), (f, g, o, n))
CALL(ssize_t, sendfile64, ON_FILE(sendfile, f), (int f, int g, off64_t *o, size_t n), (f, g, o, n))
CALL(ssize_t, copy_file_range, ON_FILE(copy_file_range, g),
     (int f, off64_t *o, int g, off64_t *p, size_t n, unsigned s), (f, o, g, p, n, s))
CALL(int, ftruncate, ON_FILE(ftruncate, f), (int f, off_t n), (f, n))
CALL(int, ftruncate64, ON_FILE(ftruncate, f), (int f, off64_t n), (f, n))
CALL(int, fsync, ON_FILE(fsync, f), (int f), (f))
CALL(int, fdatasync, ON_FILE(fdatasync, f), (int f), (f))
CALL(int, fchmod, ON_FILE(fchmod, f), (int f, mode_t m), (f, m))
CALL(int, fchown, ON_FILE(fchown, f), (int f, uid_t u, gid_t g), (f, u, g))
CALL(int, futimens, ON_FILE(futimens, f), (int f, const struct timespec t[2]), (f, t))
CALL(int, truncate, ON_PATH(truncate, p), (const char *p, off_t n), (p, n))
CALL(int, truncate64, ON_PATH(truncate, p), (const char *p, off64_t n), (p, n))
CALL(int, mkdir, ON_PATH(mkdir, p), (const char *p, mode_t m), (p, m))
CALL(int, rmdir, ON_PATH(rmdir, p), (const char *p), (p))
CALL(int, unlink, ON_PATH(unlink, p), (const char *p), (p))
CALL(int, chmod, ON_PATH(chmod, p), (const char *p, mode_t m), (p, m))
CALL(int, rename, ON_PATH(rename, q), (const char *p, const char *q), (p, q))
CALL(int, link, ON_PATH(link, q), (const char *p, const char *q), (p, q))
CALL(int, symlink, ON_PATH(symlink, q), (const char *p, const char *q), (p, q))
CALL(int, mkdirat, fails("mkdir", f, p), (int f, const char *p, mode_t m), (f, p, m))
CALL(int, unlinkat, fails("unlink", f, p), (int f, const char *p, int g), (f, p, g))
CALL(int, fchmodat, fails("chmod", f, p), (int f, const char *p, mode_t m, int g), (f, p, m, g))
CALL(int, renameat, fails("rename", g, q), (int f, const char *p, int g, const char *q),
     (f, p, g, q))
CALL(int, renameat2, fails("rename", g, q), (int f, const char *p, int g, const char *q, unsigned h),
     (f, p, g, q, h))
CALL(int, linkat, fails("link", g, q), (int f, const char *p, int g, const char *q, int h),
     (f, p, g, q, h))
CALL(int, symlinkat, fails("symlink", f, q), (const char *p, int f, const char *q), (p, f, q))
CALL(int, utimensat, fails("utimensat", f, p),
     (int f, const char *p, const struct timespec t[2], int g), (f, p, t, g))

/* Calls that read. */
CALL(ssize_t, read, reads && ON_FILE(read, f), (int f, void *d, size_t n), (f, d, n))
CALL(ssize_t, pread, reads && ON_FILE(pread, f), (int f, void *d, size_t n, off_t o), (f, d, n, o))
CALL(ssize_t, pread64, reads && ON_FILE(pread, f), (int f, void *d, size_t n, off64_t o),
     (f, d, n, o))
