#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

typedef union {
    struct cmsghdr header; // for its alignment
    char bytes[CMSG_SPACE(CL_MAX_DESCRIPTORS * sizeof(int))];
} control_buffer;

long cl_send(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count, bool wait) {
    if (descriptor_count > CL_MAX_DESCRIPTORS) return -EINVAL;
    control_buffer control;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : (long)sent;
}

long cl_receive(int socket, void *bytes, size_t capacity, int *descriptors, size_t descriptor_capacity,
                size_t *descriptor_count, bool *truncated, bool wait) {
    *descriptor_count = 0;
    *truncated = false;
    control_buffer control;
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    *truncated = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            if (*descriptor_count < descriptor_capacity) {
                descriptors[(*descriptor_count)++] = fd;
            } else {
                close(fd);
                *truncated = true;
            }
        }
    }
    return (long)got;
}

long cl_receive_message_part(int socket, void *bytes, size_t capacity, int *descriptors, size_t descriptor_capacity,
                             size_t *descriptor_count, bool *truncated, bool wait) {
    ssize_t waiting;
    do waiting = recv(socket, bytes, capacity, MSG_PEEK | (wait ? 0 : MSG_DONTWAIT));
    while (waiting < 0 && errno == EINTR);
    if (waiting <= 0) {
        *descriptor_count = 0;
        *truncated = false;
        return waiting < 0 ? -errno : 0;
    }
    const char *end = memchr(bytes, 0, (size_t)waiting);
    size_t take = end ? (size_t)(end - (const char *)bytes) + 1 : (size_t)waiting;
    return cl_receive(socket, bytes, take, descriptors, descriptor_capacity, descriptor_count, truncated, wait);
}

int cl_socketpair(int *first, int *second) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
    *first = pair[0];
    *second = pair[1];
    return 0;
}

static int address(const char *path, struct sockaddr_un *name) {
    memset(name, 0, sizeof *name);
    name->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof name->sun_path) return -ENAMETOOLONG;
    strcpy(name->sun_path, path);
    return 0;
}

int cl_connect(const char *path, int timeout_ms) {
    struct sockaddr_un name;
    int outcome = address(path, &name);
    if (outcome < 0) return outcome;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // A blocking connect waits in the backlog for SO_SNDTIMEO; a non-blocking one would fail at once with EAGAIN.
    struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    do outcome = connect(fd, (struct sockaddr *)&name, sizeof name);
    while (outcome < 0 && errno == EINTR);
    if (outcome < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    struct timeval none = {0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
    return fd;
}

int cl_listen(const char *path, int backlog, unsigned mode) {
    struct sockaddr_un name;
    int outcome = address(path, &name);
    if (outcome < 0) return outcome;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    // Until listen no one can connect, so the permissions are in force before the first caller.
    if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0 || chmod(path, mode) < 0 || listen(fd, backlog) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int cl_accept(int socket) {
    int fd;
    do fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int cl_set_nonblocking(int fd, bool on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

int cl_set_socket_timeouts(int socket, int64_t receive_usec, int64_t send_usec) {
    struct timeval receive = {.tv_sec = receive_usec / 1000000, .tv_usec = receive_usec % 1000000};
    struct timeval send = {.tv_sec = send_usec / 1000000, .tv_usec = send_usec % 1000000};
    if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive) < 0) return -errno;
    return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send) < 0 ? -errno : 0;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int cl_poll(int fd, int events, int timeout_ms) {
    struct pollfd one = {.fd = fd, .events = (short)((events & 1 ? POLLIN : 0) | (events & 2 ? POLLOUT : 0))};
    int64_t end = timeout_ms < 0 ? 0 : now_ms() + timeout_ms;
    for (;;) {
        int64_t left = timeout_ms < 0 ? -1 : end - now_ms();
        int ready = poll(&one, 1, timeout_ms < 0 ? -1 : (int)(left > 0 ? left : 0));
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return -errno;
        if (ready == 0) return 0;
        return (one.revents & POLLIN ? 1 : 0) | (one.revents & POLLOUT ? 2 : 0) |
               (one.revents & (POLLERR | POLLHUP | POLLNVAL) ? 4 : 0);
    }
}

int cl_peer_credentials(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

long cl_peer_groups(int socket, uint32_t *groups, size_t capacity) {
    socklen_t size = (socklen_t)(capacity * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0 && errno != ERANGE) return -errno;
    return (long)(size / sizeof(gid_t));
}
