#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int cl_pidfd_open(int32_t pid) { return result((int)syscall(SYS_pidfd_open, pid, 0)); }

int cl_pidfd_send_signal(int pidfd, int signal) {
    return result((int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

int cl_memfd(const char *name, uint64_t size, bool seal) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -errno;
    if (ftruncate(fd, (off_t)size) < 0 || (seal && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int cl_seals(int fd) {
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0) return -errno;
    return (seals & F_SEAL_SHRINK ? 1 : 0) | (seals & F_SEAL_GROW ? 2 : 0) | (seals & F_SEAL_WRITE ? 4 : 0) |
           (seals & F_SEAL_SEAL ? 8 : 0);
}

int cl_limit_data(int32_t pid, uint64_t bytes) {
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};
    return result(prlimit(pid, RLIMIT_DATA, &limit, NULL));
}

int cl_set_oom_score_adj(int32_t pid, int score) {
    char path[64], text[16];
    snprintf(path, sizeof path, "/proc/%d/oom_score_adj", pid);
    int length = snprintf(text, sizeof text, "%d", score);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int outcome = write(fd, text, (size_t)length) == length ? 0 : -errno;
    close(fd);
    return outcome;
}

int cl_set_nice(int32_t tid, int nice) { return result(setpriority(PRIO_PROCESS, (id_t)tid, nice)); }

int cl_set_io_priority(int32_t tid, int io_class, int level) {
    // IOPRIO_WHO_PROCESS is 1 and the class sits above 13 bits of level; linux/ioprio.h is not on every system.
    return result((int)syscall(SYS_ioprio_set, 1, tid, (io_class << 13) | level));
}

int32_t cl_gettid(void) { return (int32_t)syscall(SYS_gettid); }

int cl_set_thread_name(const char *name) { return result(prctl(PR_SET_NAME, name, 0, 0, 0)); }

int cl_lock_exclusive(int fd, bool wait) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int outcome;
    do outcome = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
    while (outcome < 0 && errno == EINTR && wait);
    if (outcome < 0 && errno == EACCES) return -EAGAIN;
    return result(outcome);
}

int cl_fallocate(int fd, uint64_t offset, uint64_t length) {
    int outcome;
    do outcome = fallocate(fd, 0, (off_t)offset, (off_t)length);
    while (outcome < 0 && errno == EINTR);
    return result(outcome);
}

int cl_clone_file(int to, int from) { return result(ioctl(to, FICLONE, from)); }

int cl_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return -error;
    }
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int cl_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int cl_descriptor_flags(int fd, bool *readable, bool *writable, bool *append, bool *path_only) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    int access = flags & O_ACCMODE;
    *path_only = (flags & O_PATH) != 0;
    *readable = !*path_only && (access == O_RDONLY || access == O_RDWR);
    *writable = !*path_only && (access == O_WRONLY || access == O_RDWR);
    *append = (flags & O_APPEND) != 0;
    return 0;
}
