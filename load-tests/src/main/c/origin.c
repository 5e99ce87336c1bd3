/*
 * An origin that is never what limits: one thread, nothing stored, every body made from its name.
 *
 *     origin PORT DIRECTORY
 *
 * A file whose name begins with bSIZE, or bSIZE.rRATE, has SIZE bytes, sent at RATE bytes in a second on each connection.
 * Other names are read from DIRECTORY. /_requests tells how many bodies were asked for. Listens on the loopback address.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_MAX = 16 * 1024,
    EVENTS = 256,
    BLOCK = 4194301, /* prime: bytes from a wrong place, shifted by a power of two, differ */
    TURN = 1 << 20,  /* what one connection sends before the next has its turn */
    PACED_MAX = 1024
};

struct connection {
    int fd;
    int length; /* of the request so far */
    int writing, paced;
    char *file; /* body from the directory, to be freed; NULL for a made one */
    long long size, sent;
    long long rate;
    uint64_t began;
    uint64_t start; /* place in the block */
    int magic;      /* whether the body begins as gzip does */
    int head_length, head_sent;
    char head[512];
    char request[REQUEST_MAX + 1];
};

static unsigned char *block;
static const unsigned char GZIP[4] = {0x1f, 0x8b, 8, 0};
static const char *directory;
static int loop;
static unsigned long long requests;
static struct connection *paced[PACED_MAX];
static int paced_count;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void make_block(void) {
    uint64_t x = 88172645463325252ULL;
    block = malloc(BLOCK);
    if (!block) die("memory");
    for (int i = 0; i < BLOCK; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        block[i] = (unsigned char)(x >> 32);
    }
}

static void watch(struct connection *c, uint32_t what) {
    struct epoll_event e = {.events = what, .data.ptr = c};
    if (epoll_ctl(loop, EPOLL_CTL_MOD, c->fd, &e) < 0) die("epoll_ctl");
}

static void unpace(struct connection *c) {
    for (int i = 0; c->paced && i < paced_count; i++) {
        if (paced[i] == c) {
            paced[i] = paced[--paced_count];
            c->paced = 0;
        }
    }
}

static void end(struct connection *c) {
    unpace(c);
    close(c->fd);
    free(c->file);
    free(c);
}

static void head(struct connection *c, const char *status) {
    c->head_length = snprintf(c->head, sizeof c->head,
                              "HTTP/1.1 %s\r\nContent-Length: %lld\r\nContent-Type: application/octet-stream\r\n"
                              "Last-Modified: Sat, 01 Nov 2025 00:00:00 GMT\r\nETag: \"%llx-%llx\"\r\n"
                              "Cache-Control: public, max-age=86400\r\n\r\n",
                              status, c->size, (unsigned long long)c->start, (unsigned long long)c->size);
}

static int from_directory(struct connection *c, const char *name) {
    char path[1024];
    struct stat about;
    if (*name == 0 || *name == '.' || snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path) return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)) {
        close(fd);
        return 0;
    }
    c->file = malloc((size_t)about.st_size + 1);
    if (!c->file) die("memory");
    if (read(fd, c->file, (size_t)about.st_size) != about.st_size) die(path);
    close(fd);
    c->size = about.st_size;
    c->start = (uint64_t)about.st_mtime;
    return 1;
}

/* From a request to an answer that is ready to be written. */
static void prepare(struct connection *c) {
    c->sent = 0;
    c->head_sent = 0;
    c->rate = 0;
    c->magic = 0;
    c->size = 0;
    c->start = 0;
    c->began = now();
    char *path = strchr(c->request, ' ');
    char *last = path ? strchr(path + 1, ' ') : NULL;
    if (!path || !last) {
        head(c, "400 Bad Request");
        return;
    }
    *last = 0;
    char *name = strrchr(++path, '/');
    name = name ? name + 1 : path;
    if (!strcmp(path, "/_requests")) {
        if (asprintf(&c->file, "%llu\n", requests) < 0) die("memory");
        c->size = (long long)strlen(c->file);
        head(c, "200 OK");
        return;
    }
    char *rest;
    if (*name == 'b' && (c->size = strtoll(name + 1, &rest, 10)) > 0 && *rest == '.') {
        requests++;
        if (rest[1] == 'r') c->rate = strtoll(rest + 2, NULL, 10);
        uint64_t hash = 14695981039346656037ULL;
        for (const char *p = name; *p; p++) hash = (hash ^ (unsigned char)*p) * 1099511628211ULL;
        c->start = hash % BLOCK;
        c->magic = strstr(name, ".gz") != NULL;
        head(c, "200 OK");
        return;
    }
    c->size = 0;
    int found = from_directory(c, name);
    head(c, found ? "200 OK" : "404 Not Found");
}

static ssize_t write_some(struct connection *c, long long most) {
    struct iovec parts[4];
    int count = 0;
    if (c->head_sent < c->head_length)
        parts[count++] = (struct iovec){c->head + c->head_sent, (size_t)(c->head_length - c->head_sent)};
    long long from = c->sent, until = c->sent + most < c->size ? c->sent + most : c->size;
    if (c->magic && from < (long long)sizeof GZIP && from < until) {
        long long n = (long long)sizeof GZIP < until ? (long long)sizeof GZIP : until;
        parts[count++] = (struct iovec){(void *)(GZIP + from), (size_t)(n - from)};
        from = n;
    }
    while (from < until && count < 4) {
        long long n = until - from;
        if (c->file) {
            parts[count++] = (struct iovec){c->file + from, (size_t)n};
        } else {
            long long place = (long long)((c->start + (uint64_t)from) % BLOCK);
            if (n > BLOCK - place) n = BLOCK - place;
            parts[count++] = (struct iovec){block + place, (size_t)n};
        }
        from += n;
    }
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
    return sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void finished(struct connection *c) {
    unpace(c);
    free(c->file);
    c->file = NULL;
    c->length = 0;
    c->writing = 0;
    watch(c, EPOLLIN);
}

/* Writes what may be written now; ends the connection when its client has gone. */
static void serve(struct connection *c) {
    long long most = TURN;
    if (c->rate) {
        long long due = (long long)((now() - c->began) * (uint64_t)c->rate / 1000000) - c->sent;
        most = due < most ? due : most;
        if (most <= 0 && c->head_sent == c->head_length) return;
        if (most < 0) most = 0;
    }
    ssize_t n = write_some(c, most);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            end(c);
            return;
        }
        n = 0;
    }
    int of_head = c->head_length - c->head_sent;
    if (of_head > n) of_head = (int)n;
    c->head_sent += of_head;
    c->sent += n - of_head;
    if (c->head_sent == c->head_length && c->sent == c->size) {
        finished(c);
    } else if (c->rate && !c->paced) {
        if (paced_count == PACED_MAX) {
            end(c);
            return;
        }
        c->paced = 1;
        paced[paced_count++] = c;
        watch(c, 0);
    } else if (!c->rate && !c->writing) {
        c->writing = 1;
        watch(c, EPOLLOUT);
    }
}

static void readable(struct connection *c) {
    ssize_t n = recv(c->fd, c->request + c->length, (size_t)(REQUEST_MAX - c->length), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0 || c->length + n == REQUEST_MAX) {
        end(c);
        return;
    }
    c->length += (int)n;
    c->request[c->length] = 0;
    if (strstr(c->request, "\r\n\r\n")) {
        prepare(c);
        serve(c);
    }
}

static void take(int listener) {
    int on = 1;
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct connection *c = calloc(1, sizeof *c);
        if (!c) die("memory");
        c->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) < 0) die("epoll_ctl");
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: origin PORT DIRECTORY\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    directory = arguments[2];
    make_block();
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(arguments[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (listener < 0) die("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
    if (listen(listener, 1024) < 0) die("listen");
    loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e) < 0) die("epoll");
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(loop, events, EVENTS, paced_count ? 2 : -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                take(listener);
            } else if (events[i].events & (EPOLLHUP | EPOLLERR)) {
                end(c);
            } else if (events[i].events & EPOLLOUT) {
                serve(c);
            } else {
                readable(c);
            }
        }
        for (int i = paced_count - 1; i >= 0; i--) {
            if (i < paced_count) serve(paced[i]);
        }
    }
}
