// Single-precision multiply-adds per second that this CPU does on some threads at once, in GFLOP/s:
//     cc -O3 -march=native -pthread peak.c -o peak && ./peak THREADS SECONDS
// Prints the best of the slices of 20 ms, summed over the threads.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __AVX512F__
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif
typedef float vec __attribute__((vector_size(LANES * sizeof(float))));

static double seconds;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

// Twelve sums at once: two units with a latency of four, and some to spare.
static void *work(void *best) {
    vec sum[12] = {0}, a = {0}, b = {0};
    a += 0.999f, b += 0.001f;
    double end = now() + seconds, most = 0;
    while (now() < end) {
        double start = now();
        const long rounds = 1 << 21;
        for (long i = 0; i < rounds; i++) {
            for (int j = 0; j < 12; j++) sum[j] = sum[j] * a + b;
            __asm__ volatile("" : "+x"(a), "+x"(b));
        }
        double rate = 2.0 * 12 * LANES * rounds / (now() - start);
        most = rate > most ? rate : most;
    }
    volatile float kept = 0;
    for (int j = 0; j < 12; j++) kept += sum[j][0];
    *(double *)best = most;
    return NULL;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    seconds = argc > 2 ? atof(argv[2]) : 0.5;
    if (threads < 1 || threads > 256) return 1;
    pthread_t handles[256];
    double best[256], total = 0;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&handles[i], NULL, work, &best[i])) return 1;
    for (int i = 0; i < threads; i++) pthread_join(handles[i], NULL), total += best[i];
    printf("%.1f\n", total * 1e-9);
}
