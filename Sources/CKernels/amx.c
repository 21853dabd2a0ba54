// Products of operands rounded to bfloat16 and summed in single precision, by the processor's matrix unit (AMX-BF16:
// tdpbf16ps): squares of LANES rows and LANES columns of the result, LANES pairs of terms at a time.
#include "bfloat16.h"

#if defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,bmi,bmi2,amx-tile,amx-bf16"), \
                   min_vector_width(512))), \
    apply_to = function)

/// Rows of the result at a time: two squares.
#define ROWS (2 * LANES)

/// All eight tiles are whole: LANES rows of a line each.
static const struct {
    uint8_t palette, first_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} whole_tiles = {
    .palette = 1,
    .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {LANES, LANES, LANES, LANES, LANES, LANES, LANES, LANES},
};

/// Up to two by two squares of the result. `a`: rows of STRIDE words; `panel`: pairs of `width` words; `c_row`: floats
/// from one row of c to the next.
INL void squares(const int tall, const int wide, const uint32_t *a, size_t pairs, const uint32_t *panel, size_t width,
                 float *c, size_t c_row, int add) {
    const long row = (long)(c_row * sizeof(float)), words = STRIDE * sizeof(uint32_t);
    const long pair = (long)(width * sizeof(uint32_t));
    float *below = c + LANES * c_row;
    if (add) {
        _tile_loadd(0, c, row);
        if (wide) _tile_loadd(1, c + LANES, row);
        if (tall) _tile_loadd(2, below, row);
        if (tall && wide) _tile_loadd(3, below + LANES, row);
    } else {
        _tile_zero(0);
        if (wide) _tile_zero(1);
        if (tall) _tile_zero(2);
        if (tall && wide) _tile_zero(3);
    }
    for (size_t k = 0; k < pairs; k += LANES, a += LANES, panel += LANES * width) {
        _tile_loadd(4, a, words);
        _tile_loadd(6, panel, pair);
        _tile_dpbf16ps(0, 4, 6);
        if (wide) {
            _tile_loadd(7, panel + LANES, pair);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (tall) {
            _tile_loadd(5, a + LANES * STRIDE, words);
            _tile_dpbf16ps(2, 5, 6);
            if (wide) _tile_dpbf16ps(3, 5, 7);
        }
    }
    _tile_stored(0, c, row);
    if (wide) _tile_stored(1, c + LANES, row);
    if (tall) _tile_stored(2, below, row);
    if (tall && wide) _tile_stored(3, below + LANES, row);
}

static void place(int tall, int wide, const uint32_t *a, size_t pairs, const uint32_t *panel, size_t width, float *c,
                  size_t c_row, int add) {
    if (tall && wide) return squares(1, 1, a, pairs, panel, width, c, c_row, add);
    if (tall) return squares(1, 0, a, pairs, panel, width, c, c_row, add);
    if (wide) return squares(0, 1, a, pairs, panel, width, c, c_row, add);
    squares(0, 0, a, pairs, panel, width, c, c_row, add);
}

/// `count` rows by `filled` columns, between which and the next square's there may be what is not this product's.
static void place_part(size_t count, const uint32_t *a, size_t pairs, const uint32_t *panel, size_t width, float *c,
                       size_t c_row, size_t filled, int add) {
    float part[ROWS * WIDTH];
    const __mmask16 low = lanes(filled), high = lanes(rest(filled, LANES));
    for (size_t r = 0; add && r < count; r++) {
        _mm512_storeu_ps(part + r * WIDTH, _mm512_maskz_loadu_ps(low, c + r * c_row));
        _mm512_storeu_ps(part + r * WIDTH + LANES, _mm512_maskz_loadu_ps(high, c + r * c_row + LANES));
    }
    place(count > LANES, filled > LANES, a, pairs, panel, width, part, WIDTH, add);
    for (size_t r = 0; r < count; r++) {
        _mm512_mask_storeu_ps(c + r * c_row, low, _mm512_loadu_ps(part + r * WIDTH));
        if (high) _mm512_mask_storeu_ps(c + r * c_row + LANES, high, _mm512_loadu_ps(part + r * WIDTH + LANES));
    }
}

static void multiply(const ck_product *s, size_t count, const float *x, size_t terms, const uint32_t *panels,
                     size_t apart, int whole, float *c, size_t columns, int add, uint32_t *rows) {
    // Rows are rounded once for all panels. What a square has beyond `count` rows is read by nobody.
    if (s->a_step == 1) {
        for (size_t r = 0; r < count; r++)
            for (size_t k = 0; k < terms; k += WIDTH)
                _mm512_storeu_si512(rows + r * STRIDE + k / 2, narrow(x + r * s->a_row + k, terms - k));
    } else {
        for (size_t r = 0; r < count; r += LANES) {
            for (size_t k = 0; k < terms; k += WIDTH) {
                __m512i square[LANES];
                for (size_t p = 0; p < LANES; p++) {
                    const float *even = x + r + (k + 2 * p) * s->a_step;
                    size_t left = rest(terms, k + 2 * p);
                    square[p] = left ? weave(even, left > 1 ? even + s->a_step : NULL, count - r) : _mm512_setzero_si512();
                }
                turn(square);
                for (size_t i = 0; i < LANES; i++) _mm512_storeu_si512(rows + (r + i) * STRIDE + k / 2, square[i]);
            }
        }
    }
    size_t pairs = ck_bfloat16_pairs(terms);
    for (size_t j = 0; j < columns; j += WIDTH) {
        size_t filled = columns - j < WIDTH ? columns - j : WIDTH, width = whole || filled > LANES ? WIDTH : LANES;
        const uint32_t *panel = panels + j * apart;
        if (count % LANES == 0 && filled % LANES == 0)
            place(count > LANES, filled > LANES, rows, pairs, panel, width, c + j, s->c_row, add);
        else
            place_part(count, rows, pairs, panel, width, c + j, s->c_row, filled, add);
    }
}

// Tiles are set up in each call and given up at its end: a thread that holds none costs the system nothing more at a
// change of threads.
static void product(const ck_product *s, const float *a, const float *b, float *c, float *scratch) {
    _tile_loadconfig(&whole_tiles);
    product_by(multiply, ROWS, LANES, s, a, b, c, scratch);
    _tile_release();
}

static void pack(const ck_product *s, const float *b, void *packed) { pack_panels(s, b, packed); }

_Static_assert(CK_PRODUCT_SCRATCH >= PAIRS * COLUMNS + ROWS * STRIDE, "panels and rows");

static const ck_bfloat16 table = {.name = "amx", .product = product, .pack = pack};
#pragma clang attribute pop

/// Asks the system for the tiles' registers, which it keeps from a process that has not (Linux 5.16, arch_prctl(2)).
static int may_use_tiles(void) {
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

const ck_bfloat16 *ck_bfloat16_tiles(void) {
    return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") && may_use_tiles() ? &table : NULL;
}
#endif
