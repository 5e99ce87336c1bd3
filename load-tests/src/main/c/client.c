/*
 * Asks one HTTP server on the loopback address as fast as it answers, one request at a time on each connection, and throws
 * the bodies away unread. One thread; its own CPU time is told, because a generator that is at its limit measures itself.
 *
 *     client PORT CONNECTIONS SECONDS REQUESTS LENGTH PATHS KEEP IDLE
 *
 * SECONDS and REQUESTS end a run, 0 being no limit. LENGTH is what every body must have. PATHS is a file with a path in each
 * line; they are asked for in turn. KEEP is 1 for connections that are kept, 0 for a new one for each request, ended by this
 * side, as base R does. IDLE connections more are opened, and nothing is asked on them. Prints one JSON object: times in microseconds from
 * the request's first byte on, from the connection's begin on where it is new. Where connections are kept for a time, what came first
 * on each, all at once, has no part in the times, unless nothing else came.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 16 * 1024, EVENTS = 256, ERRORS_MAX = 1000, DISCARD = 1 << 20 };

struct connection {
    int fd;
    int busy;
    int used;          /* it has had an answer */
    int closing;       /* the server said it closes after this answer */
    int head_length;   /* bytes of the head so far */
    long long left;    /* bytes of the body to come; -1 while the head is read */
    uint64_t asked;    /* when */
    char head[HEAD_MAX + 1];
};

struct series {
    uint32_t *values;
    size_t count, room;
};

static struct sockaddr_in server;
static int loop, port, keep;
static char **targets;
static size_t target_count, target_next;
static long long wanted_length, bytes;
static uint64_t limit, asked_total, answered, errors, reconnects;
static uint64_t deadline; /* 0: none */
static struct series latency, first_byte, opening_latency, opening_first_byte;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void add(struct series *s, uint64_t value) {
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 65536;
        s->values = realloc(s->values, s->room * sizeof *s->values);
        if (!s->values) die("memory");
    }
    s->values[s->count++] = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t at(const struct series *s, double part) {
    if (!s->count) return 0;
    size_t i = (size_t)(part * (double)s->count);
    return s->values[i < s->count ? i : s->count - 1];
}

static void read_targets(const char *file) {
    FILE *f = fopen(file, "r");
    if (!f) die(file);
    char *line = NULL;
    size_t room = 0, slots = 0;
    for (ssize_t n; (n = getline(&line, &room, f)) > 0;) {
        line[strcspn(line, "\r\n")] = 0;
        if (!*line) continue;
        if (target_count == slots) {
            slots = slots ? 2 * slots : 1024;
            targets = realloc(targets, slots * sizeof *targets);
            if (!targets) die("memory");
        }
        if (asprintf(&targets[target_count++],
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: compare\r\nAccept: */*\r\n\r\n", line, port) < 0)
            die("memory");
    }
    free(line);
    fclose(f);
    if (!target_count) {
        fprintf(stderr, "client: no paths in %s\n", file);
        exit(1);
    }
}

static void open_connection(struct connection *c) {
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    if (!keep) {
        /* Ports of ended connections rest for a while: many addresses have more of them. */
        static unsigned turn;
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + turn++ % 200)};
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(c->fd, (struct sockaddr *)&own, sizeof own) < 0) die("bind");
    }
    c->used = 0;
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &e) < 0) die("epoll_ctl");
}

static void reopen(struct connection *c) {
    close(c->fd);
    reconnects++;
    open_connection(c);
}

/* Asks for the next path, if there is still something to ask for. */
static void ask(struct connection *c) {
    c->busy = 0;
    if ((limit && asked_total == limit) || (deadline && now() >= deadline)) return;
    const char *request = targets[target_next];
    target_next = (target_next + 1) % target_count;
    asked_total++;
    c->busy = 1;
    c->closing = 0;
    c->head_length = 0;
    c->left = -1;
    c->asked = now();
    if (!keep) reopen(c);
    size_t length = strlen(request);
    if (send(c->fd, request, length, MSG_NOSIGNAL) != (ssize_t)length) {
        errors++;
        reopen(c);
        c->busy = 0;
    }
}

static void failed(struct connection *c, const char *why) {
    if (errors++ == 0) fprintf(stderr, "client: %s: %.60s\n", why, c->head);
    reopen(c);
    ask(c);
}

static const char *header(const char *head, const char *name) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (!strncasecmp(line + 2, name, length) && line[2 + length] == ':') return line + 3 + length;
    }
    return NULL;
}

static int is_opening(const struct connection *c) {
    return keep && deadline && !c->used;
}

static void answered_whole(struct connection *c) {
    answered++;
    bytes += wanted_length;
    add(is_opening(c) ? &opening_latency : &latency, now() - c->asked);
    c->used = 1;
    if (keep && c->closing) reopen(c);
    ask(c);
}

static void read_head(struct connection *c) {
    ssize_t n = recv(c->fd, c->head + c->head_length, (size_t)(HEAD_MAX - c->head_length), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        failed(c, "connection ended before the answer");
        return;
    }
    if (c->head_length == 0) add(is_opening(c) ? &opening_first_byte : &first_byte, now() - c->asked);
    c->head_length += (int)n;
    c->head[c->head_length] = 0;
    char *end = memmem(c->head, (size_t)c->head_length, "\r\n\r\n", 4);
    if (!end) {
        if (c->head_length == HEAD_MAX) failed(c, "head too large");
        return;
    }
    long long body = c->head_length - (end + 4 - c->head);
    end[2] = 0;
    const char *length = header(c->head, "content-length");
    const char *connection = header(c->head, "connection");
    c->closing = connection && strcasestr(connection, "close") != NULL;
    if (strncmp(c->head, "HTTP/1.1 200", 12) || !length || atoll(length) != wanted_length || body > wanted_length) {
        failed(c, "wrong answer");
        return;
    }
    c->left = wanted_length - body;
    if (c->left == 0) answered_whole(c);
}

static void read_body(struct connection *c) {
    /* With MSG_TRUNC the kernel throws away what it would copy. */
    ssize_t n = recv(c->fd, NULL, (size_t)(c->left < DISCARD ? c->left : DISCARD), MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        failed(c, "connection ended within the body");
        return;
    }
    c->left -= n;
    if (c->left == 0) answered_whole(c);
}

static void readable(struct connection *c) {
    if (!c->busy) {
        /* Nothing was asked: the server closes an idle connection. */
        close(c->fd);
        open_connection(c);
    } else if (c->left < 0) {
        read_head(c);
    } else {
        read_body(c);
    }
}

static double seconds(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int count, char **arguments) {
    if (count != 9) {
        fprintf(stderr, "usage: client PORT CONNECTIONS SECONDS REQUESTS LENGTH PATHS KEEP IDLE\n");
        return 2;
    }
    port = atoi(arguments[1]);
    int connections = atoi(arguments[2]);
    double duration = atof(arguments[3]);
    limit = strtoull(arguments[4], NULL, 10);
    wanted_length = atoll(arguments[5]);
    keep = atoi(arguments[7]);
    int idle = atoi(arguments[8]);
    read_targets(arguments[6]);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)port);
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    loop = epoll_create1(EPOLL_CLOEXEC);
    if (loop < 0) die("epoll");

    /* The idle ones come after the busy ones. */
    struct connection *all = calloc((size_t)(connections + idle), sizeof *all);
    if (!all) die("memory");
    for (int i = 0; i < connections + idle; i++) open_connection(&all[i]);

    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    uint64_t began = now();
    if (duration > 0) deadline = began + (uint64_t)(duration * 1e6);
    /* Answers that never come must not hold the run for ever. */
    uint64_t patience = deadline ? deadline + 30000000 : began + 300000000;
    for (int i = 0; i < connections; i++) ask(&all[i]);

    for (int busy = 1; busy;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(loop, events, EVENTS, 1000);
        for (int i = 0; i < n; i++) readable(events[i].data.ptr);
        if (errors > ERRORS_MAX || now() > patience) {
            fprintf(stderr, "client: given up after %llu answers\n", (unsigned long long)answered);
            return 1;
        }
        busy = 0;
        for (int i = 0; i < connections && !busy; i++) busy = all[i].busy;
    }
    double elapsed = (double)(now() - began) / 1e6;
    getrusage(RUSAGE_SELF, &after);
    double cpu = seconds(after.ru_utime) + seconds(after.ru_stime) - seconds(before.ru_utime) - seconds(before.ru_stime);
    if (latency.count == 0) latency = opening_latency;
    if (first_byte.count == 0) first_byte = opening_first_byte;
    qsort(latency.values, latency.count, sizeof *latency.values, ascending);
    qsort(first_byte.values, first_byte.count, sizeof *first_byte.values, ascending);
    printf("{\"requests\":%llu,\"errors\":%llu,\"reconnects\":%llu,\"bytes\":%lld,\"seconds\":%.6f,\"cpu\":%.6f,"
           "\"p50\":%u,\"p90\":%u,\"p99\":%u,\"max\":%u,\"first_p50\":%u,\"first_p99\":%u,\"first_max\":%u}\n",
           (unsigned long long)answered, (unsigned long long)errors, (unsigned long long)reconnects, bytes, elapsed, cpu,
           at(&latency, 0.5), at(&latency, 0.9), at(&latency, 0.99), at(&latency, 1), at(&first_byte, 0.5),
           at(&first_byte, 0.99), at(&first_byte, 1));
    return 0;
}
