// Matrix products c = a b of the shapes that training has, on one thread: the right matrix is packed into panels of two
// vectors, PIXELS rows of the result stay in registers while the terms go by. Goto and van de Geijn 2008 ("Anatomy of
// high-performance matrix multiplication"), without packing the left matrix, whose rows lie well already.

/// Terms of a sum at a time: a block of the packed right matrix stays in the second-level cache.
#define TERMS 512
/// Columns of the result at a time.
#define COLUMNS 256

/// MR rows by NV vectors of c, over `terms` terms. `row`, `step`: floats from one row of a, and from one term, to the
/// next; one of them is 1.
INL void K(product_tile)(const int MR, const int NV, const int byRow, const float *a, size_t row, size_t step,
                         size_t terms, const float *panel, float *c, size_t c_row, size_t filled, int add) {
    K(vec) acc[PIXELS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < NV; v++) acc[i][v] = (K(vec)){0};
    }
    // Three rows a base: few enough pointers for the registers.
    const float *base[(PIXELS + 2) / 3];
#pragma clang loop unroll(full)
    for (int b = 0; b < (MR + 2) / 3; b++) base[b] = a + 3 * (size_t)b * row;
    for (size_t k = 0; k < terms; k++, panel += NV * LANES) {
        K(vec) w0 = *(const K(vec) *)panel, w1 = w0;
        if (NV > 1) w1 = *(const K(vec) *)(panel + LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < MR; i++) {
            float value = byRow ? base[i / 3][k + (size_t)(i % 3) * row] : a[k * step + (size_t)i];
            acc[i][0] += value * w0;
            if (NV > 1) acc[i][1] += value * w1;
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
        float *to = c + (size_t)i * c_row;
        if (filled == (size_t)(NV * LANES)) {
            if (add) {
                acc[i][0] += *(const K(vec) *)to;
                if (NV > 1) acc[i][1] += *(const K(vec) *)(to + LANES);
            }
            *(K(vec) *)to = acc[i][0];
            if (NV > 1) *(K(vec) *)(to + LANES) = acc[i][1];
        } else {
            float padded[2 * LANES];
            *(K(vec) *)padded = acc[i][0];
            if (NV > 1) *(K(vec) *)(padded + LANES) = acc[i][1];
            for (size_t j = 0; j < filled; j++) to[j] = add ? to[j] + padded[j] : padded[j];
        }
    }
}

#define PRODUCT_CASE(MR) \
    case MR: \
        K(product_tile)(MR, NV, BY_ROW, a, row, step, terms, panel, c, c_row, filled, add); \
        break;
#if PIXELS == 14
#define PRODUCT_CASES \
    PRODUCT_CASE(1) PRODUCT_CASE(2) PRODUCT_CASE(3) PRODUCT_CASE(4) PRODUCT_CASE(5) PRODUCT_CASE(6) PRODUCT_CASE(7) \
    PRODUCT_CASE(8) PRODUCT_CASE(9) PRODUCT_CASE(10) PRODUCT_CASE(11) PRODUCT_CASE(12) PRODUCT_CASE(13) PRODUCT_CASE(14)
#else
#define PRODUCT_CASES \
    PRODUCT_CASE(1) PRODUCT_CASE(2) PRODUCT_CASE(3) PRODUCT_CASE(4) PRODUCT_CASE(5) PRODUCT_CASE(6)
#endif
#define PRODUCT_TILES(NAME, VECTORS, ROWS) \
    static __attribute__((noinline)) void K(NAME)(size_t count, const float *a, size_t row, size_t step, size_t terms, \
                                                  const float *panel, float *c, size_t c_row, size_t filled, int add) { \
        enum { NV = VECTORS, BY_ROW = ROWS }; \
        switch (count) { PRODUCT_CASES } \
    }
PRODUCT_TILES(product_rows1, 1, 1)
PRODUCT_TILES(product_rows2, 2, 1)
PRODUCT_TILES(product_columns1, 1, 0)
PRODUCT_TILES(product_columns2, 2, 0)
#undef PRODUCT_CASE
#undef PRODUCT_CASES
#undef PRODUCT_TILES

/// LANES vectors, `from_row` floats apart, turned: vector i of the result takes element i of each.
INL void K(turn)(const float *from, size_t from_row, float *to, size_t to_row) {
    K(vec) rows[LANES], next[LANES];
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) rows[i] = *(const K(vec) *)(from + (size_t)i * from_row);
        // Interleaving halves as often as a vector can be halved turns the square.
#if LANES == 16
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define HALVINGS 4
#elif LANES == 8
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define HALVINGS 3
#else
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define HALVINGS 2
#endif
#pragma clang loop unroll(full)
    for (int round = 0; round < HALVINGS; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES / 2; i++) {
            next[2 * i] = LOW(rows[i], rows[i + LANES / 2]);
            next[2 * i + 1] = HIGH(rows[i], rows[i + LANES / 2]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) rows[i] = next[i];
    }
#undef LOW
#undef HIGH
#undef HALVINGS
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) *(K(vec) *)(to + (size_t)i * to_row) = rows[i];
}

/// Terms [first, first + terms) of `filled` columns from `b` on, as rows of `width` floats, missing columns zero.
static void K(pack_panel)(const ck_product *s, const float *b, size_t terms, size_t filled, size_t width, float *panel) {
    if (s->b_column == 1) {
        for (size_t k = 0; k < terms; k++, b += s->b_step, panel += width) {
            if (filled == width) {
                for (size_t j = 0; j < width; j += LANES) *(K(vec) *)(panel + j) = *(const K(vec) *)(b + j);
            } else {
                for (size_t j = 0; j < filled; j++) panel[j] = b[j];
                for (size_t j = filled; j < width; j++) panel[j] = 0;
            }
        }
        return;
    }
    // Columns lie in memory as rows: squares are turned.
    for (size_t j = 0; j < width; j += LANES) {
        size_t k = 0;
        if (j + LANES <= filled)
            for (; k + LANES <= terms; k += LANES)
                K(turn)(b + j * s->b_column + k, s->b_column, panel + k * width + j, width);
        for (; k < terms; k++)
            for (size_t l = j; l < j + LANES; l++) panel[k * width + l] = l < filled ? b[l * s->b_column + k] : 0;
    }
}

static void K(product)(const ck_product *s, const float *a, const float *b, float *c, float *scratch) {
    const int byRow = s->a_step == 1;
    for (size_t column = 0; column < s->columns; column += COLUMNS) {
        size_t columns = s->columns - column < COLUMNS ? s->columns - column : COLUMNS;
        for (size_t first = 0; first < s->terms; first += TERMS) {
            size_t terms = s->terms - first < TERMS ? s->terms - first : TERMS;
            int add = s->add || first > 0;
            for (size_t j = 0; j < columns; j += 2 * LANES) {
                size_t filled = columns - j < 2 * LANES ? columns - j : 2 * LANES;
                K(pack_panel)(s, b + (column + j) * s->b_column + first * s->b_step, terms, filled,
                              filled > LANES ? 2 * LANES : LANES, scratch + j * terms);
            }
            size_t blocks = (s->rows + PIXELS - 1) / PIXELS, a_row = s->a_row;
            // Rows a multiple of 2 KiB apart would share few places of the first-level cache, and columns lie a line a
            // term: what several panels are multiplied with is moved together. Where a line is a vector long, columns
            // are not worth it.
            const int moves = columns > 2 * LANES && (byRow ? a_row % 512 == 0 : LANES < 16);
            float *rows = scratch + TERMS * COLUMNS;
            size_t a_step = s->a_step;
            if (moves && byRow) a_row = TERMS + 16;
            if (moves && !byRow) a_step = PIXELS;
            for (size_t block = 0; block < blocks; block++) {
                size_t i = s->rows * block / blocks, count = s->rows * (block + 1) / blocks - i;
                const float *from = a + i * s->a_row + first * s->a_step;
                if (moves) {
                    if (byRow)
                        for (size_t r = 0; r < count; r++)
                            memcpy(rows + r * a_row, from + r * s->a_row, terms * sizeof(float));
                    else
                        for (size_t k = 0; k < terms; k++)
                            for (size_t r = 0; r < count; r++) rows[k * PIXELS + r] = from[k * s->a_step + r];
                    from = rows;
                }
                for (size_t j = 0; j < columns; j += 2 * LANES) {
                    size_t filled = columns - j < 2 * LANES ? columns - j : 2 * LANES;
                    float *to = c + i * s->c_row + column + j;
                    const float *panel = scratch + j * terms;
                    if (byRow)
                        (filled > LANES ? K(product_rows2) : K(product_rows1))(count, from, a_row, a_step, terms,
                                                                               panel, to, s->c_row, filled, add);
                    else
                        (filled > LANES ? K(product_columns2) : K(product_columns1))(
                            count, from, a_row, a_step, terms, panel, to, s->c_row, filled, add);
                }
            }
        }
    }
}
#undef TERMS
#undef COLUMNS
