// Products of operands rounded to bfloat16 and summed in single precision, by the processor's own dot product of two terms
// (AVX512-BF16: vdpbf16ps). Panels as in products.h, of pairs of neighbouring terms: a pair is one 32-bit word, the earlier
// term in its lower half. Both matrices are rounded when they are packed, an odd last term is paired with zero.
//
// Rounding is to the nearest, ties to even; NaN and infinity stay, numbers beyond the largest bfloat16 become infinity.
// Numbers below 2^-126 count as zero, as operands and as results: the instructions do so whatever the thread's mode is.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define INL static inline __attribute__((always_inline))
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi,bmi2"), min_vector_width(512))), \
    apply_to = function)

/// Floats, or pairs, of a vector.
#define LANES 16
/// Columns of a panel: two vectors.
#define WIDTH (2 * LANES)
/// Rows of the result that stay in registers.
#define ROWS 14
/// Pairs of terms at a time, and columns of the result: their packed block stays in the second-level cache.
#define PAIRS 320
#define COLUMNS 384
/// Words between packed rows; a line more than a power of two.
#define STRIDE (PAIRS + 16)

/// Lanes of the first `n` numbers.
INL __mmask16 lanes(size_t n) { return n < LANES ? (__mmask16)((1u << n) - 1) : 0xffff; }

/// What is left of `count` from `first` on.
INL size_t rest(size_t count, size_t first) { return count > first ? count - first : 0; }

/// Up to 32 neighbouring numbers as pairs, missing ones zero.
INL __m512i narrow(const float *from, size_t n) {
    __m512 low = _mm512_maskz_loadu_ps(lanes(n), from), high = _mm512_setzero_ps();
    if (n > LANES) high = _mm512_maskz_loadu_ps(lanes(n - LANES), from + LANES);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/// Pairs of what lies in one row and in the next, which may be missing.
INL __m512i weave(const float *even, const float *odd, size_t n) {
    static const uint16_t order[2 * LANES] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                              8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    __m512 low = _mm512_maskz_loadu_ps(lanes(n), even), high = _mm512_setzero_ps();
    if (odd) high = _mm512_maskz_loadu_ps(lanes(n), odd);
    return _mm512_permutexvar_epi16(_mm512_loadu_si512(order), (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

/// A square of words turned: vector i takes word i of each.
INL void turn(__m512i rows[LANES]) {
    typedef int32_t words __attribute__((vector_size(64)));
    words next[LANES];
    // Interleaving halves as often as a vector can be halved turns the square.
#pragma clang loop unroll(full)
    for (int round = 0; round < 4; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES / 2; i++) {
            words a = (words)rows[i], b = (words)rows[i + LANES / 2];
            next[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            next[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) rows[i] = (__m512i)next[i];
    }
}

/// `terms` terms of `filled` columns from `b` on, at most WIDTH, as rows of `width` pairs, missing columns zero.
static void pack_panel(const ck_product *s, const float *b, size_t terms, size_t filled, size_t width, uint32_t *panel) {
    if (s->b_column == 1) {
        for (size_t k = 0; k < terms; k += 2, b += 2 * s->b_step, panel += width)
            for (size_t j = 0; j < width; j += LANES)
                _mm512_storeu_si512(panel + j,
                                    weave(b + j, k + 1 < terms ? b + s->b_step + j : NULL, rest(filled, j)));
        return;
    }
    // A column's pairs lie side by side in memory: squares of them are turned.
    for (size_t j = 0; j < width; j += LANES) {
        size_t count = rest(filled, j) < LANES ? rest(filled, j) : LANES;
        for (size_t k = 0; k < terms; k += 2 * LANES) {
            size_t left = terms - k, pairs = left < 2 * LANES ? (left + 1) / 2 : LANES;
            const float *from = b + j * s->b_column + k;
            __m512i square[LANES];
            if (count == LANES && left >= 2 * LANES) {
#pragma clang loop unroll(full)
                for (size_t i = 0; i < LANES; i++) square[i] = narrow(from + i * s->b_column, 2 * LANES);
            } else {
                for (size_t i = 0; i < LANES; i++)
                    square[i] = i < count ? narrow(from + i * s->b_column, left) : _mm512_setzero_si512();
            }
            turn(square);
            for (size_t p = 0; p < pairs; p++) _mm512_storeu_si512(panel + (k / 2 + p) * width + j, square[p]);
        }
    }
}

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

/// Rows of x by panels that begin `apart` words a column from each other; `whole`: the last is as wide as the others.
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
    uint32_t *panels = (uint32_t *)scratch, *rows = panels + PAIRS * COLUMNS;
    size_t blocks = (s->rows + ROWS - 1) / ROWS;
    for (size_t column = 0; column < s->columns; column += COLUMNS) {
        size_t columns = s->columns - column < COLUMNS ? s->columns - column : COLUMNS;
        for (size_t first = 0; first < s->terms; first += 2 * PAIRS) {
            size_t terms = s->terms - first < 2 * PAIRS ? s->terms - first : 2 * PAIRS, pairs = (terms + 1) / 2;
            for (size_t j = 0; j < columns; j += WIDTH) {
                size_t filled = columns - j < WIDTH ? columns - j : WIDTH;
                pack_panel(s, b + (column + j) * s->b_column + first * s->b_step, terms, filled,
                           filled > LANES ? WIDTH : LANES, panels + j * pairs);
            }
            for (size_t block = 0; block < blocks; block++) {
                size_t i = s->rows * block / blocks, count = s->rows * (block + 1) / blocks - i;
                multiply(s, count, a + i * s->a_row + first * s->a_step, terms, panels, pairs, 0,
                         c + i * s->c_row + column, columns, s->add || first > 0, rows);
            }
        }
    }
}

static void pack(const ck_product *s, const float *b, void *packed) {
    uint32_t *panels = packed;
    size_t pairs = (s->terms + 1) / 2;
    for (size_t j = 0; j < s->columns; j += WIDTH) {
        size_t filled = s->columns - j < WIDTH ? s->columns - j : WIDTH;
        pack_panel(s, b + j * s->b_column, s->terms, filled, WIDTH, panels + j * pairs);
    }
}

static void packed_product(const float *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t cols,
                           const float *bias, float *y, size_t ldy, float *scratch) {
    const uint32_t *panels = packed;
    const ck_product shape = {.a_row = ldx, .a_step = 1, .c_row = ldy};
    size_t blocks = (rows + ROWS - 1) / ROWS, pairs = (depth + 1) / 2;
    for (size_t block = 0; block < blocks; block++) {
        size_t i = rows * block / blocks, count = rows * (block + 1) / blocks - i;
        float *to = y + i * ldy;
        if (bias)
            for (size_t r = 0; r < count; r++) memcpy(to + r * ldy, bias, cols * sizeof(float));
        for (size_t first = 0; first < depth; first += 2 * PAIRS) {
            size_t terms = depth - first < 2 * PAIRS ? depth - first : 2 * PAIRS;
            multiply(&shape, count, x + i * ldx + first, terms, panels + first / 2 * WIDTH, pairs, 1, to, cols,
                     bias || first > 0, (uint32_t *)scratch);
        }
    }
}

_Static_assert(CK_PRODUCT_SCRATCH >= PAIRS * COLUMNS + 16 * STRIDE, "panels and rows");
_Static_assert(STRIDE >= PAIRS && LANES >= ROWS, "rows, or columns, of a tile in as many words");

static const ck_bfloat16 table = {.product = product, .pack = pack, .packed_product = packed_product};
#pragma clang attribute pop
#endif

const ck_bfloat16 *ck_select_bfloat16(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16")) return &table;
#endif
    return NULL;
}
