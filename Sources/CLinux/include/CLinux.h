// What Glibc's Swift overlay hides: descriptor passing, peer credentials, memfd, pidfd, posix_spawn and a few more.
//
// Plain types only. Every function that can fail returns a value >= 0, or -errno, so that no caller reads errno after
// the Swift runtime may have changed it. None keeps a pointer past its return.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CL_MAX_DESCRIPTORS 253 // SCM_MAX_FD of the kernel: the most that one message can carry.

/// Sends bytes, and with the first of them descriptors (SCM_RIGHTS). Never raises SIGPIPE. Returns the bytes taken, or
/// -errno (-EAGAIN where `wait` is false and the socket is full). Descriptors have gone when anything was taken.
long cl_send(int socket, const void *_Nullable bytes, size_t count, const int *_Nullable descriptors,
             size_t descriptor_count, bool wait);

/// Receives at most `capacity` bytes and the descriptors that came with them, close-on-exec. Returns the bytes read, 0 at
/// the end, or -errno. `truncated` says that the kernel dropped descriptors (MSG_CTRUNC): those that came are to be
/// closed and the call refused.
long cl_receive(int socket, void *_Nonnull bytes, size_t capacity, int *_Nonnull descriptors,
                size_t descriptor_capacity, size_t *_Nonnull descriptor_count, bool *_Nonnull truncated, bool wait);

/// As cl_receive, but never past the first NUL byte, so that descriptors belong beyond doubt to the message that the
/// bytes are part of. The kernel is asked twice (MSG_PEEK first).
long cl_receive_message_part(int socket, void *_Nonnull bytes, size_t capacity, int *_Nonnull descriptors,
                             size_t descriptor_capacity, size_t *_Nonnull descriptor_count, bool *_Nonnull truncated,
                             bool wait);

/// Stream socket pair, close-on-exec, non-blocking where asked.
int cl_socketpair(int *_Nonnull first, int *_Nonnull second);
/// Connects to a socket file, waiting at most `timeout_ms` for room in its backlog. Returns the descriptor.
int cl_connect(const char *_Nonnull path, int timeout_ms);
/// Binds and listens; the file must not exist. Returns the descriptor, non-blocking. `mode` are the file's permissions.
int cl_listen(const char *_Nonnull path, int backlog, unsigned mode);
/// accept4 with SOCK_CLOEXEC | SOCK_NONBLOCK.
int cl_accept(int socket);
int cl_set_nonblocking(int fd, bool on);
/// SO_RCVTIMEO and SO_SNDTIMEO in microseconds; 0 waits for ever.
int cl_set_socket_timeouts(int socket, int64_t receive_usec, int64_t send_usec);
/// Waits for readability (1), writability (2) or both; returns the bits that hold (4: error or hang-up), 0 on timeout.
int cl_poll(int fd, int events, int timeout_ms);

/// SO_PEERCRED: fixed when the peer connected.
int cl_peer_credentials(int socket, int32_t *_Nonnull pid, uint32_t *_Nonnull uid, uint32_t *_Nonnull gid);
/// SO_PEERGROUPS: the peer's supplementary groups. Returns how many there are; at most `capacity` are written.
long cl_peer_groups(int socket, uint32_t *_Nonnull groups, size_t capacity);

/// memfd_create with close-on-exec and sealing allowed, of `size` bytes, then sealed against shrinking and growing where
/// `seal` is true (never against writing: a buffer is used again). Returns the descriptor.
int cl_memfd(const char *_Nonnull name, uint64_t size, bool seal);
/// F_GET_SEALS as bits: 1 shrink, 2 grow, 4 write, 8 seal.
int cl_seals(int fd);

int cl_pidfd_open(int32_t pid);
int cl_pidfd_send_signal(int pidfd, int signal);

/// posix_spawn of `path`: the given descriptors become 3, 4, ...; 0 is `input`, or /dev/null where that is -1; 1 and 2
/// are `output`, or inherited where that is -1; all others are closed. Default signal handlers, nothing blocked, a process
/// group of its own. Returns the pid.
int cl_spawn(const char *_Nonnull path, char *_Nullable const *_Nonnull argv, char *_Nullable const *_Nonnull envp,
             int input, int output, const int *_Nullable descriptors, size_t descriptor_count);
/// waitpid: returns the pid, 0 where `wait` is false and nothing ended, or -errno. Exactly one of exit_code and signal is
/// >= 0 after a return > 0.
int cl_wait(int32_t pid, bool wait, int *_Nonnull exit_code, int *_Nonnull signal);

/// prlimit(RLIMIT_DATA) of another process; both limits.
int cl_limit_data(int32_t pid, uint64_t bytes);
int cl_set_oom_score_adj(int32_t pid, int score);
/// setpriority of one thread; a pid names its first thread, 0 the calling one.
int cl_set_nice(int32_t tid, int nice);
/// ioprio_set of one thread: class 1 real time, 2 best effort, 3 idle; level 0 (first) to 7.
int cl_set_io_priority(int32_t tid, int io_class, int level);
int32_t cl_gettid(void);
/// At most 15 bytes, of the calling thread.
int cl_set_thread_name(const char *_Nonnull name);

/// An exclusive open-file-description lock on the whole file; -EAGAIN where another holds it.
int cl_lock_exclusive(int fd, bool wait);
int cl_fallocate(int fd, uint64_t offset, uint64_t length);
/// Copies by reflink (FICLONE); -EOPNOTSUPP or -EXDEV where the file systems cannot.
int cl_clone_file(int to, int from);

/// Blocks the signals in every thread that the caller makes later, and in itself. Returns 0.
int cl_block_signals(const int *_Nonnull signals, size_t count);
/// A signalfd for the signals (which should be blocked), close-on-exec and non-blocking.
int cl_signalfd(const int *_Nonnull signals, size_t count);
/// Takes one signal off a signalfd; -EAGAIN when none waits.
int cl_read_signal(int fd);
int cl_ignore_signal(int signal);
/// eventfd, close-on-exec and non-blocking.
int cl_eventfd(void);
/// pipe2, both ends close-on-exec, the reading one non-blocking.
int cl_pipe(int *_Nonnull reading, int *_Nonnull writing);
/// What F_GETFL says of a descriptor that someone else opened.
int cl_descriptor_flags(int fd, bool *_Nonnull readable, bool *_Nonnull writable, bool *_Nonnull append,
                        bool *_Nonnull path_only);
