// Vector kernels for three CPU levels behind one table of function pointers.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Tells the processor that this thread waits for another.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}
