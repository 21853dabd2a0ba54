// What the products of bfloat16 share: numbers rounded to pairs, panels of them, and the way through a product.
//
// A pair is one 32-bit word: of two neighbouring terms the earlier in its lower half, an odd last term with zero. A panel
// has two vectors of columns; both matrices are rounded when they are packed, and the terms of a panel are filled with
// zeros to whole squares of LANES pairs.
//
// Rounding is to the nearest, ties to even; NaN and infinity stay, numbers beyond the largest bfloat16 become infinity.
// Numbers below 2^-126 count as zero, as operands and as results: the instructions do so whatever the thread's mode is.
#pragma once
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

/// Products by the processor's matrix unit; NULL where there is none.
const ck_bfloat16 *ck_bfloat16_tiles(void);

#define INL static inline __attribute__((always_inline))
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi,bmi2"), min_vector_width(512))), \
    apply_to = function)

/// Floats, or pairs, of a vector.
#define LANES 16
/// Columns of a panel: two vectors.
#define WIDTH (2 * LANES)
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
    if (n >= 2 * LANES) return (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + LANES), _mm512_loadu_ps(from));
    __m512 low = _mm512_maskz_loadu_ps(lanes(n), from), high = _mm512_setzero_ps();
    if (n > LANES) high = _mm512_maskz_loadu_ps(lanes(n - LANES), from + LANES);
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/// Pairs of what lies in one row and in the next, which may be missing.
INL __m512i weave(const float *even, const float *odd, size_t n) {
    static const uint16_t order[2 * LANES] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                              8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    __m512 low, high = _mm512_setzero_ps();
    if (n >= LANES && odd) {
        low = _mm512_loadu_ps(even);
        high = _mm512_loadu_ps(odd);
    } else {
        low = _mm512_maskz_loadu_ps(lanes(n), even);
        if (odd) high = _mm512_maskz_loadu_ps(lanes(n), odd);
    }
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
        memset(panel, 0, (ck_bfloat16_pairs(terms) - (terms + 1) / 2) * width * sizeof(uint32_t));
        return;
    }
    // A column's pairs lie side by side in memory: squares of them are turned.
    for (size_t j = 0; j < width; j += LANES) {
        size_t count = rest(filled, j) < LANES ? rest(filled, j) : LANES;
        for (size_t k = 0; k < terms; k += 2 * LANES) {
            size_t left = terms - k;
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
            for (size_t p = 0; p < LANES; p++) _mm512_storeu_si512(panel + (k / 2 + p) * width + j, square[p]);
        }
    }
}

/// Rows of the result, `count` of them: x by panels that begin `apart` words a column from each other; `whole`: the last is
/// as wide as the others. `rows` has room for as many rows of STRIDE words as are asked for at a time.
typedef void multiply_rows(const ck_product *s, size_t count, const float *x, size_t terms, const uint32_t *panels,
                           size_t apart, int whole, float *c, size_t columns, int add, uint32_t *rows);

/// The product, at most `most` rows at a time and all alike, but for those that end a part of `unit` rows.
INL void product_by(multiply_rows *multiply, size_t most, size_t unit, const ck_product *s, const float *a,
                    const float *b, float *c, float *scratch) {
    uint32_t *panels = (uint32_t *)scratch, *rows = panels + PAIRS * COLUMNS;
    size_t units = (s->rows + unit - 1) / unit, blocks = (s->rows + most - 1) / most;
    // What is packed needs no room: rows are rounded once for all of its columns.
    size_t step = s->packed ? s->columns : COLUMNS;
    for (size_t column = 0; column < s->columns; column += step) {
        size_t columns = s->columns - column < step ? s->columns - column : step;
        for (size_t first = 0; first < s->terms; first += 2 * PAIRS) {
            size_t terms = s->terms - first < 2 * PAIRS ? s->terms - first : 2 * PAIRS;
            size_t pairs = ck_bfloat16_pairs(terms), apart = s->packed ? ck_bfloat16_pairs(s->terms) : pairs;
            const uint32_t *right = s->packed ? (const uint32_t *)b + column * apart + first / 2 * WIDTH : panels;
            for (size_t j = 0; !s->packed && j < columns; j += WIDTH) {
                size_t filled = columns - j < WIDTH ? columns - j : WIDTH;
                pack_panel(s, b + (column + j) * s->b_column + first * s->b_step, terms, filled,
                           filled > LANES ? WIDTH : LANES, panels + j * pairs);
            }
            for (size_t block = 0; block < blocks; block++) {
                size_t i = units * block / blocks * unit, end = units * (block + 1) / blocks * unit;
                if (end > s->rows) end = s->rows;
                multiply(s, end - i, a + i * s->a_row + first * s->a_step, terms, right, apart, s->packed,
                         c + i * s->c_row + column, columns, s->add || first > 0, rows);
            }
        }
    }
}

INL void pack_panels(const ck_product *s, const float *b, void *packed) {
    uint32_t *panels = packed;
    size_t pairs = ck_bfloat16_pairs(s->terms);
    for (size_t j = 0; j < s->columns; j += WIDTH) {
        size_t filled = s->columns - j < WIDTH ? s->columns - j : WIDTH;
        pack_panel(s, b + j * s->b_column, s->terms, filled, WIDTH, panels + j * pairs);
    }
}

#pragma clang attribute pop
#endif
