/*
 * A disk that needs a while for every read, for one program: LD_PRELOAD=slowdisk.so. Reads and sendfile of regions that are not
 * in the page cache wait 100 ms before they go on; what is in memory costs nothing. The kernel is asked by preadv2 with
 * RWF_NOWAIT, which reads no disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/sendfile.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, DELAY_NANOS = 100 * 1000 * 1000 };

static int in_memory(int file, off64_t at) {
    char byte;
    struct iovec one = {&byte, 1};
    return preadv2(file, &one, 1, at, RWF_NOWAIT) >= 0;
}

/* First, middle and last page tell: files are read ahead in pieces larger than a page. */
static void wait_for_disk(int file, off64_t at, size_t count) {
    if (count == 0 || (in_memory(file, at) && in_memory(file, at + (off64_t)count / 2) && in_memory(file, at + (off64_t)count - 1)))
        return;
    struct timespec delay = {0, DELAY_NANOS};
    nanosleep(&delay, NULL);
}

ssize_t pread64(int file, void *into, size_t count, off64_t at) {
    static ssize_t (*real)(int, void *, size_t, off64_t);
    if (!real) real = (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
    wait_for_disk(file, at, count);
    return real(file, into, count, at);
}

ssize_t pread(int file, void *into, size_t count, off_t at) {
    return pread64(file, into, count, at);
}

ssize_t sendfile64(int to, int file, off64_t *at, size_t count) {
    static ssize_t (*real)(int, int, off64_t *, size_t);
    if (!real) real = (ssize_t(*)(int, int, off64_t *, size_t))dlsym(RTLD_NEXT, "sendfile64");
    /* No socket takes more at once. */
    if (at) wait_for_disk(file, *at, count < 64 * PAGE ? count : 64 * PAGE);
    return real(to, file, at, count);
}

ssize_t sendfile(int to, int file, off_t *at, size_t count) {
    return sendfile64(to, file, at, count);
}
