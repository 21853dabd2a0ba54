#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int cl_spawn(const char *path, char *const *argv, char *const *envp, int input, int output, const int *descriptors,
             size_t descriptor_count) {
    if (descriptor_count > CL_MAX_DESCRIPTORS) return -EINVAL;
    // Copies above every target number first: a source may have the number of another's target.
    int copies[CL_MAX_DESCRIPTORS];
    size_t made = 0;
    int outcome = 0;
    for (; made < descriptor_count; made++) {
        copies[made] = fcntl(descriptors[made], F_DUPFD_CLOEXEC, 3 + (int)descriptor_count);
        if (copies[made] < 0) {
            outcome = errno;
            break;
        }
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    if (outcome == 0) outcome = posix_spawn_file_actions_init(&actions);
    if (outcome == 0) {
        outcome = posix_spawnattr_init(&attributes);
        if (outcome == 0) {
            sigset_t none, all;
            sigemptyset(&none);
            sigfillset(&all);
            short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
            outcome = posix_spawnattr_setflags(&attributes, flags);
            if (outcome == 0) outcome = posix_spawnattr_setsigmask(&attributes, &none);
            if (outcome == 0) outcome = posix_spawnattr_setsigdefault(&attributes, &all);
            if (outcome == 0) outcome = posix_spawnattr_setpgroup(&attributes, 0);
            // 0 to 2 are open in a daemon, so neither of the two is one of them and dup2 clears close-on-exec.
            if (outcome == 0)
                outcome = input >= 0 ? posix_spawn_file_actions_adddup2(&actions, input, 0)
                                     : posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
            for (int i = 1; i <= 2 && outcome == 0 && output >= 0; i++)
                outcome = posix_spawn_file_actions_adddup2(&actions, output, i);
            for (size_t i = 0; i < descriptor_count && outcome == 0; i++)
                outcome = posix_spawn_file_actions_adddup2(&actions, copies[i], 3 + (int)i);
            if (outcome == 0)
                outcome = posix_spawn_file_actions_addclosefrom_np(&actions, 3 + (int)descriptor_count);
            if (outcome == 0) outcome = posix_spawn(&pid, path, &actions, &attributes, argv, envp);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    for (size_t i = 0; i < made; i++) close(copies[i]);
    return outcome == 0 ? pid : -outcome;
}

int cl_wait(int32_t pid, bool wait, int *exit_code, int *signal) {
    *exit_code = -1;
    *signal = -1;
    int status;
    pid_t ended;
    do ended = waitpid(pid, &status, wait ? 0 : WNOHANG);
    while (ended < 0 && errno == EINTR);
    if (ended < 0) return -errno;
    if (ended == 0) return 0;
    if (WIFEXITED(status)) *exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) *signal = WTERMSIG(status);
    return ended;
}

static void fill(sigset_t *set, const int *signals, size_t count) {
    sigemptyset(set);
    for (size_t i = 0; i < count; i++) sigaddset(set, signals[i]);
}

int cl_block_signals(const int *signals, size_t count) {
    sigset_t set;
    fill(&set, signals, count);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int cl_signalfd(const int *signals, size_t count) {
    sigset_t set;
    fill(&set, signals, count);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cl_read_signal(int fd) {
    struct signalfd_siginfo info;
    ssize_t got;
    do got = read(fd, &info, sizeof info);
    while (got < 0 && errno == EINTR);
    if (got < 0) return -errno;
    return got == (ssize_t)sizeof info ? (int)info.ssi_signo : -EIO;
}

int cl_ignore_signal(int signal_number) { return signal(signal_number, SIG_IGN) == SIG_ERR ? -errno : 0; }
