// Products of operands rounded to bfloat16 and summed in single precision, by the processor's own dot product of two terms
// (AVX512-BF16: vdpbf16ps).
#include "bfloat16.h"

#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi,bmi2"), min_vector_width(512))), \
    apply_to = function)

/// Rows of the result that stay in registers.
#define ROWS 14

/// Rows of the result by one panel of `vectors` vectors. `a`: packed words, STRIDE from one row to the next where byRow,
/// else LANES from one pair to the next.
INL void tile(const int rows, const int vectors, const int byRow, const uint32_t *a, size_t pairs,
              const uint32_t *panel, float *c, size_t c_row, size_t filled, int add) {
    __m512 sum[ROWS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[i][v] = _mm512_setzero_ps();
    }
    for (size_t k = 0; k < pairs; k++, panel += vectors * LANES) {
        __m512bh w0 = (__m512bh)_mm512_loadu_si512(panel), w1 = w0;
        if (vectors > 1) w1 = (__m512bh)_mm512_loadu_si512(panel + LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            uint32_t word = byRow ? a[k + (size_t)i * STRIDE] : a[k * LANES + (size_t)i];
            __m512bh pair = (__m512bh)_mm512_set1_epi32((int)word);
            sum[i][0] = _mm512_dpbf16_ps(sum[i][0], pair, w0);
            if (vectors > 1) sum[i][1] = _mm512_dpbf16_ps(sum[i][1], pair, w1);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            float *to = c + (size_t)i * c_row + v * LANES;
            __mmask16 mask = lanes(rest(filled, (size_t)v * LANES));
            if (add) sum[i][v] = _mm512_add_ps(sum[i][v], _mm512_maskz_loadu_ps(mask, to));
            _mm512_mask_storeu_ps(to, mask, sum[i][v]);
        }
    }
}

#define CASE(COUNT) \
    case COUNT: tile(COUNT, VECTORS, BY_ROW, a, pairs, panel, c, c_row, filled, add); break;
#define TILES(NAME, VECTOR_COUNT, IS_BY_ROW) \
    static __attribute__((noinline)) void NAME(size_t count, const uint32_t *a, size_t pairs, const uint32_t *panel, \
                                               float *c, size_t c_row, size_t filled, int add) { \
        enum { VECTORS = VECTOR_COUNT, BY_ROW = IS_BY_ROW }; \
        switch (count) { \
            CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) \
            CASE(14) \
        } \
    }
TILES(rows1, 1, 1)
TILES(rows2, 2, 1)
TILES(columns1, 1, 0)
TILES(columns2, 2, 0)
#undef CASE
#undef TILES

static void multiply(const ck_product *s, size_t count, const float *x, size_t terms, const uint32_t *panels,
                     size_t apart, int whole, float *c, size_t columns, int add, uint32_t *rows) {
    const int byRow = s->a_step == 1;
    // As many rows at a time as a tile has are rounded once for all panels.
    if (byRow) {
        for (size_t r = 0; r < count; r++)
            for (size_t k = 0; k < terms; k += 2 * LANES)
                _mm512_storeu_si512(rows + r * STRIDE + k / 2, narrow(x + r * s->a_row + k, terms - k));
    } else {
        for (size_t k = 0; k < terms; k += 2) {
            const float *even = x + k * s->a_step;
            _mm512_storeu_si512(rows + k / 2 * LANES, weave(even, k + 1 < terms ? even + s->a_step : NULL, count));
        }
    }
    size_t pairs = (terms + 1) / 2;
    for (size_t j = 0; j < columns; j += WIDTH) {
        size_t filled = columns - j < WIDTH ? columns - j : WIDTH;
        int two = whole || filled > LANES;
        (byRow ? two ? rows2 : rows1 : two ? columns2 : columns1)(count, rows, pairs, panels + j * apart, c + j, s->c_row,
                                                                 filled, add);
    }
}

static void product(const ck_product *s, const float *a, const float *b, float *c, float *scratch) {
    product_by(multiply, ROWS, 1, s, a, b, c, scratch);
}

static void pack(const ck_product *s, const float *b, void *packed) { pack_panels(s, b, packed); }

_Static_assert(CK_PRODUCT_SCRATCH >= PAIRS * COLUMNS + 16 * STRIDE, "panels and rows");
_Static_assert(STRIDE >= PAIRS && LANES >= ROWS, "rows, or columns, of a tile in as many words");

static const ck_bfloat16 table = {.name = "avx512", .product = product, .pack = pack};
#pragma clang attribute pop
#endif

const ck_bfloat16 *ck_select_bfloat16(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("x86-64-v4") || !__builtin_cpu_supports("avx512bf16")) return NULL;
    const ck_bfloat16 *tiles = !name || !strcmp(name, "amx") ? ck_bfloat16_tiles() : NULL;
    if (tiles) return tiles;
    if (!name || !strcmp(name, "avx512")) return &table;
#endif
    return NULL;
}
