/* Preloaded into a command and all that it starts: counts calls that change a disk, and kills the whole process group
   before the one whose number KILL_SHIM_AT names (0: none). The count lies in the file KILL_SHIM_COUNT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic long *count;
static long kill_at;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("KILL_SHIM_COUNT"), *at = getenv("KILL_SHIM_AT");
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int handle = path ? real_open(path, O_RDWR | O_CLOEXEC) : -1;
    if (handle < 0)
        return;
    void *memory = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (memory != MAP_FAILED)
        count = memory;
    kill_at = at ? atol(at) : 0;
}

static void before_change(void)
{
    if (count && atomic_fetch_add(count, 1) + 1 == kill_at) {
        kill(0, SIGKILL);
        pause();
    }
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define CHANGING (O_CREAT | O_TRUNC)

static int is_disk(int handle)
{
    struct stat info;
    return fstat(handle, &info) == 0 && S_ISREG(info.st_mode);
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        if (flags & CHANGING) \
            before_change(); \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        REAL(name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        if (flags & CHANGING) \
            before_change(); \
        return real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int handle, const void *data, size_t size)
{
    REAL(write);
    if (is_disk(handle))
        before_change();
    return real(handle, data, size);
}

#define CALL(name, declared, passed) \
    int name declared \
    { \
        REAL(name); \
        before_change(); \
        return real passed; \
    }
CALL(rename, (const char *from, const char *to), (from, to))
CALL(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
CALL(unlink, (const char *path), (path))
CALL(unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
CALL(link, (const char *from, const char *to), (from, to))
CALL(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
CALL(symlink, (const char *from, const char *to), (from, to))
CALL(mkdir, (const char *path, mode_t mode), (path, mode))
CALL(rmdir, (const char *path), (path))
CALL(fsync, (int handle), (handle))
CALL(ftruncate, (int handle, off_t size), (handle, size))
