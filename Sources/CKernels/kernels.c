// One source of kernels, compiled for three levels of x86-64 and chosen at start. Not target_clones: those crash under
// the thread sanitizer, and a table lets a test run every level in one process.
#include "CKernels.h"
#include <math.h>
#include <string.h>

// As fast as -ffast-math where it matters (sums may be reordered), but NaN and infinity keep their meaning.
#pragma clang fp contract(fast) reassociate(on)

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)
#define K(n) CAT(n, LEVEL)
#define INL static inline __attribute__((always_inline))

#define LEVEL _base
#define LEVELNAME "base"
#define LANES 4
#define PIXELS 6
#include "kernels_impl.h"
#undef LEVEL
#undef LEVELNAME
#undef LANES
#undef PIXELS

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LEVEL _v3
#define LEVELNAME "v3"
#define LANES 8
#define PIXELS 6
#include "kernels_impl.h"
#undef LEVEL
#undef LEVELNAME
#undef LANES
#undef PIXELS
#pragma clang attribute pop

// The feature list instead of arch=x86-64-v4, with which clang stays at 256 bits.
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2,lzcnt,f16c,movbe"), \
                   min_vector_width(512))), \
    apply_to = function)
#define LEVEL _v4
#define LEVELNAME "v4"
#define LANES 16
#define PIXELS 14
#include "kernels_impl.h"
#undef LEVEL
#undef LEVELNAME
#undef LANES
#undef PIXELS
#pragma clang attribute pop
#endif

const ck_table *ck_select(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if ((!name || !strcmp(name, "v4")) && __builtin_cpu_supports("x86-64-v4")) return &table_v4;
    if ((!name || !strcmp(name, "v3")) && __builtin_cpu_supports("x86-64-v3")) return &table_v3;
#endif
    return !name || !strcmp(name, "base") ? &table_base : NULL;
}
