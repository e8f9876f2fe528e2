/* Makes the n-th call of a kind fail, as sqlite's test VFS and curl's torture tests do.

   Loaded with LD_PRELOAD. Only calls on files below one folder count, and on sockets: reading our own modules is not what
   is tested. `fail_call` arms it; the process that is tested is forked afterwards, or arms itself. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN = 1, READ = 2, WRITE = 4, SYNC = 8, NAME = 16, NETWORK = 32 };

static int kinds, number;
static long wanted, seen;
static char folder[4096], failed[4096];

/* Arm: the call number *nth* of *mask* below *path* fails with *error*; with 0 the calls are only counted. */
void fail_call(int mask, long nth, int error, const char *path) {
    snprintf(folder, sizeof folder, "%s", path);
    failed[0] = 0;
    seen = 0, wanted = nth, number = error;
    kinds = mask;
}

long calls_seen(void) { kinds = 0; return seen; }
const char *failed_path(void) { return failed; }

static int fails(int kind, const char *name) {
    if (!(kinds & kind)) return 0;
    int is_socket = !strncmp(name, "socket:", 7);
    if (kind == NETWORK ? !is_socket : strncmp(name, folder, strlen(folder))) return 0;
    seen++;
    if (seen != wanted) return 0;
    snprintf(failed, sizeof failed, "%s", name);
    errno = number;
    return 1;
}

/* The pair of sockets by which a thread wakes an event loop never fails. */
static int is_network(int descriptor) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int before = errno, is_named = !getsockname(descriptor, (struct sockaddr *)&address, &length);
    errno = before;
    return is_named && address.ss_family != AF_UNIX;
}

static int fails_at(int kind, int descriptor) {
    if (!(kinds & kind) || (kind == NETWORK && !is_network(descriptor))) return 0;
    char link[64], name[4096];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, name, sizeof name - 1);
    errno = before;
    if (length < 0) return 0;
    name[length] = 0;
    return fails(kind, name);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(type, name, kind, parameters, ...)                 \
    type name parameters {                                         \
        static __typeof__(&name) real;                             \
        if (!real) real = REAL(name);                              \
        return fails_at(kind, fd) ? -1 : real(__VA_ARGS__);        \
    }
#define ON_NAME(name, parameters, ...)                             \
    int name parameters {                                          \
        static __typeof__(&name) real;                             \
        if (!real) real = REAL(name);                              \
        return fails(NAME, path) ? -1 : real(__VA_ARGS__);         \
    }
#define ON_OPEN(name, parameters, ...)                             \
    int name parameters {                                          \
        static __typeof__(&name) real;                             \
        if (!real) real = REAL(name);                              \
        mode_t mode = 0;                                           \
        if (flags & (O_CREAT | __O_TMPFILE)) {                     \
            va_list rest;                                          \
            va_start(rest, flags);                                 \
            mode = va_arg(rest, mode_t);                           \
            va_end(rest);                                          \
        }                                                          \
        return fails(OPEN, path) ? -1 : real(__VA_ARGS__, mode);   \
    }

ON_OPEN(open, (const char *path, int flags, ...), path, flags)
ON_OPEN(open64, (const char *path, int flags, ...), path, flags)
ON_OPEN(openat, (int at, const char *path, int flags, ...), at, path, flags)
ON_OPEN(openat64, (int at, const char *path, int flags, ...), at, path, flags)

ON_FILE(ssize_t, read, READ, (int fd, void *data, size_t size), fd, data, size)
ON_FILE(ssize_t, pread, READ, (int fd, void *data, size_t size, off_t at), fd, data, size, at)
ON_FILE(ssize_t, pread64, READ, (int fd, void *data, size_t size, off64_t at), fd, data, size, at)
ON_FILE(ssize_t, write, WRITE, (int fd, const void *data, size_t size), fd, data, size)
ON_FILE(ssize_t, pwrite, WRITE, (int fd, const void *data, size_t size, off_t at), fd, data, size, at)
ON_FILE(ssize_t, pwrite64, WRITE, (int fd, const void *data, size_t size, off64_t at), fd, data, size, at)
ON_FILE(int, fsync, SYNC, (int fd), fd)
ON_FILE(int, fdatasync, SYNC, (int fd), fd)
ON_FILE(int, ftruncate, SYNC, (int fd, off_t size), fd, size)
ON_FILE(int, ftruncate64, SYNC, (int fd, off64_t size), fd, size)
ON_FILE(int, fchmod, NAME, (int fd, mode_t mode), fd, mode)

ON_NAME(rename, (const char *path, const char *target), path, target)
ON_NAME(renameat, (int a, const char *path, int b, const char *target), a, path, b, target)
ON_NAME(unlink, (const char *path), path)
ON_NAME(unlinkat, (int at, const char *path, int flags), at, path, flags)
ON_NAME(mkdir, (const char *path, mode_t mode), path, mode)
ON_NAME(chmod, (const char *path, mode_t mode), path, mode)

ON_FILE(int, connect, NETWORK, (int fd, const struct sockaddr *to, socklen_t size), fd, to, size)
ON_FILE(ssize_t, send, NETWORK, (int fd, const void *data, size_t size, int flags), fd, data, size, flags)
ON_FILE(ssize_t, recv, NETWORK, (int fd, void *data, size_t size, int flags), fd, data, size, flags)
ON_FILE(ssize_t, sendmsg, NETWORK, (int fd, const struct msghdr *message, int flags), fd, message, flags)
