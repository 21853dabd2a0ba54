// Matrix products c = a b of the shapes that training has, on one thread: the right matrix is packed into panels of two
// vectors, PIXELS rows of the result stay in registers while the terms go by. Goto and van de Geijn 2008 ("Anatomy of
// high-performance matrix multiplication"), without packing the left matrix, whose rows lie well already.

/// Terms of a sum at a time: a panel of as many and the rows it meets stay in the first-level cache.
#define TERMS 192
/// Columns of the result at a time: their block of the packed right matrix stays in the second-level cache.
#define COLUMNS 256
_Static_assert(CK_PRODUCT_SCRATCH >= TERMS * COLUMNS + PIXELS * (TERMS + 16), "panels and rows");

/// MR rows by NV vectors of c, over `terms` terms. `row`, `step`: floats from one row of a, and from one term, to the
/// next; one of them is 1. `panel_step`: from one term of the right matrix to the next.
INL void K(product_tile)(const int MR, const int NV, const int byRow, const float *a, size_t row, size_t step,
                         size_t terms, const float *panel, size_t panel_step, float *c, size_t c_row, size_t filled,
                         int add) {
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
    for (size_t k = 0; k < terms; k++, panel += panel_step) {
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
        K(product_tile)(MR, NV, BY_ROW, a, row, step, terms, panel, panel_step, c, c_row, filled, add); \
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
                                                  const float *panel, size_t panel_step, float *c, size_t c_row, \
                                                  size_t filled, int add) { \
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
            // What lies behind a row's end, but not behind the last one's, fills columns that nobody reads.
            if (filled == width || (k + 1 < terms && s->b_step + filled >= width)) {
                *(K(vec) *)panel = *(const K(vec) *)b;
                if (width > LANES) *(K(vec) *)(panel + LANES) = *(const K(vec) *)(b + LANES);
            } else {
                for (size_t j = 0; j < filled; j++) panel[j] = b[j];
                for (size_t j = filled; j < width; j++) panel[j] = 0;
            }
        }
        return;
    }
    // Columns lie in memory as rows: squares are turned, the last of them over terms that the one before has turned as
    // well; what is smaller than a square is turned with zeros around it.
    for (size_t j = 0; j < width; j += LANES) {
        const float *from = b + j * s->b_column;
        size_t columns = filled <= j ? 0 : filled - j < LANES ? filled - j : LANES;
        if (columns == LANES && terms >= LANES) {
            for (size_t k = 0; k < terms; k += LANES) {
                if (k + LANES > terms) k = terms - LANES;
                K(turn)(from + k, s->b_column, panel + k * width + j, width);
            }
            continue;
        }
        float square[LANES * LANES] = {0}, turned[LANES * LANES];
        for (size_t k = 0; k < terms; k += LANES) {
            size_t count = terms - k < LANES ? terms - k : LANES;
            for (size_t l = 0; l < columns; l++)
                memcpy(square + l * LANES, from + l * s->b_column + k, count * sizeof(float));
            K(turn)(square, LANES, turned, LANES);
            for (size_t t = 0; t < count; t++)
                *(K(vec) *)(panel + (k + t) * width + j) = *(const K(vec) *)(turned + t * LANES);
        }
    }
}

/// Rows of `a` by NC columns of `b`, both of which lie in memory as rows: LANES inner products at a time, each in a vector
/// of its own, the sums of which are taken together.
INL void K(inner_products)(const int NC, const ck_product *s, const float *a, const float *b, float *c) {
    enum { MOST = LANES };
    const int rows = LANES / NC;
    size_t whole = s->terms / LANES * LANES;
    for (size_t i = 0; i < s->rows; i += (size_t)rows) {
        size_t left = s->rows - i < (size_t)rows ? s->rows - i : (size_t)rows;
        K(vec) acc[MOST];
#pragma clang loop unroll(full)
        for (int p = 0; p < MOST; p++) acc[p] = (K(vec)){0};
        const float *from[MOST], *with[MOST];
        // The last row and the last column stand in for those that are not there.
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) from[r] = a + (i + ((size_t)r < left ? (size_t)r : left - 1)) * s->a_row;
#pragma clang loop unroll(full)
        for (int j = 0; j < NC; j++) with[j] = b + ((size_t)j < s->columns ? (size_t)j : s->columns - 1) * s->b_column;
        for (size_t k = 0; k < whole; k += LANES) {
            K(vec) w[4];
#pragma clang loop unroll(full)
            for (int j = 0; j < NC; j++) w[j] = *(const K(vec) *)(with[j] + k);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                K(vec) x = *(const K(vec) *)(from[r] + k);
#pragma clang loop unroll(full)
                for (int j = 0; j < NC; j++) acc[r * NC + j] += x * w[j];
            }
        }
        float parts[MOST * MOST], turned[MOST * MOST], sums[MOST];
#pragma clang loop unroll(full)
        for (int p = 0; p < MOST; p++) *(K(vec) *)(parts + p * MOST) = acc[p];
        K(turn)(parts, MOST, turned, MOST);
        K(vec) sum = *(const K(vec) *)turned;
        for (int p = 1; p < MOST; p++) sum += *(const K(vec) *)(turned + p * MOST);
        *(K(vec) *)sums = sum;
        for (size_t r = 0; r < left; r++) {
            for (size_t j = 0; j < s->columns; j++) {
                float value = sums[r * (size_t)NC + j];
                for (size_t k = whole; k < s->terms; k++) value += from[r][k] * with[j][k];
                float *to = c + (i + r) * s->c_row + j;
                *to = s->add ? *to + value : value;
            }
        }
    }
}

static void K(product)(const ck_product *s, const float *a, const float *b, float *c, float *scratch) {
    const int byRow = s->a_step == 1;
    // A few columns of a wider result are computed as its others are: a part has the bits of the whole. Of few terms the sums
    // across a vector would take longer than the terms.
    if (byRow && !s->packed && s->b_step == 1 && s->c_row <= 4 && s->columns <= 4 && s->terms >= 2 * LANES) {
        if (s->columns > 2) return K(inner_products)(4, s, a, b, c);
        if (s->columns > 1) return K(inner_products)(2, s, a, b, c);
        return K(inner_products)(1, s, a, b, c);
    }
    for (size_t column = 0; column < s->columns; column += COLUMNS) {
        size_t columns = s->columns - column < COLUMNS ? s->columns - column : COLUMNS;
        for (size_t first = 0; first < s->terms; first += TERMS) {
            size_t terms = s->terms - first < TERMS ? s->terms - first : TERMS;
            int add = s->add || first > 0;
            // A small matrix stays in the first-level cache, and its whole panels are read where they lie.
            size_t packed_from =
                s->b_column == 1 && terms * s->b_step <= 8192 ? columns / (2 * LANES) * (2 * LANES) : 0;
            if (s->packed) packed_from = columns;
            for (size_t j = packed_from; j < columns; j += 2 * LANES) {
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
                    const int packed = j >= packed_from;
                    const size_t width = filled > LANES ? 2 * LANES : LANES;
                    const float *panel = s->packed ? b + (column + j) * s->terms + first * width
                                         : packed  ? scratch + j * terms
                                                   : b + column + j + first * s->b_step;
                    size_t panel_step = packed || s->packed ? width : s->b_step;
                    if (byRow)
                        (filled > LANES ? K(product_rows2) : K(product_rows1))(
                            count, from, a_row, a_step, terms, panel, panel_step, to, s->c_row, filled, add);
                    else
                        (filled > LANES ? K(product_columns2) : K(product_columns1))(
                            count, from, a_row, a_step, terms, panel, panel_step, to, s->c_row, filled, add);
                }
            }
        }
    }
}

static void K(pack)(const ck_product *s, const float *b, float *packed) {
    for (size_t j = 0; j < s->columns; j += 2 * LANES) {
        size_t filled = s->columns - j < 2 * LANES ? s->columns - j : 2 * LANES;
        K(pack_panel)(s, b + j * s->b_column, s->terms, filled, filled > LANES ? 2 * LANES : LANES, packed + j * s->terms);
    }
}
#undef TERMS
#undef COLUMNS
