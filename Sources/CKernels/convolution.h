// Direct convolution over images [height][width][channels]: PIXELS output pixels by two vectors of output channels stay
// in registers while the kernel's rows go by, each a contiguous run of (kernel column, input channel).

/// MR output pixels of one row by NV vectors. `pixel`: floats between the inputs of neighbouring outputs; `row`: floats
/// of an input row; `width`: columns of the weight panel (NV * LANES).
INL void K(conv_tile)(const int MR, const int NV, const float *x, size_t pixel, size_t row, size_t kernel, size_t run,
                      const float *w, const float *bias, float *y, size_t out, size_t filled, int act) {
    K(vec) acc[PIXELS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < NV; v++) acc[i][v] = (K(vec)){0};
    }
    for (size_t r = 0; r < kernel; r++) {
        // Three pixels a base: few enough pointers for the registers (offset 0, 1 and 2 times `pixel`).
        const float *base[(PIXELS + 2) / 3];
#pragma clang loop unroll(full)
        for (int b = 0; b < (MR + 2) / 3; b++) base[b] = x + r * row + 3 * (size_t)b * pixel;
        for (size_t k = 0; k < run; k++, w += NV * LANES) {
            K(vec) w0 = *(const K(vec) *)w, w1 = w0;
            if (NV > 1) w1 = *(const K(vec) *)(w + LANES);
#pragma clang loop unroll(full)
            for (int i = 0; i < MR; i++) {
                float value = base[i / 3][k + (size_t)(i % 3) * pixel];
                acc[i][0] += value * w0;
                if (NV > 1) acc[i][1] += value * w1;
            }
        }
    }
    K(vec) b0 = {0}, b1 = {0};
    if (bias) {
        float padded[2 * LANES] = {0};
        const float *from = bias;
        if (filled < (size_t)(NV * LANES)) {
            for (size_t i = 0; i < filled; i++) padded[i] = bias[i];
            from = padded;
        }
        b0 = *(const K(vec) *)from;
        if (NV > 1) b1 = *(const K(vec) *)(from + LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
        K(vec) y0 = acc[i][0] + b0, y1 = b1;
        if (NV > 1) y1 = acc[i][1] + b1;
        if (act == CK_RELU) {
            // Written so that NaN stays NaN.
            y0 = (K(vec))((K(ivec))y0 & ~(K(ivec))(y0 < 0));
            y1 = (K(vec))((K(ivec))y1 & ~(K(ivec))(y1 < 0));
        }
        float *to = y + (size_t)i * out;
        if (filled == (size_t)(NV * LANES)) {
            *(K(vec) *)to = y0;
            if (NV > 1) *(K(vec) *)(to + LANES) = y1;
        } else {
            float padded[2 * LANES];
            *(K(vec) *)padded = y0;
            if (NV > 1) *(K(vec) *)(padded + LANES) = y1;
            for (size_t j = 0; j < filled; j++) to[j] = padded[j];
        }
    }
}

#define CONV_CASE(MR) \
    case MR: \
        K(conv_tile)(MR, NV, x, pixel, row, kernel, run, w, bias, y, out, filled, act); \
        break;
#define CONV_TILES(NAME, VECTORS, ...) \
    static __attribute__((noinline)) void K(NAME)(size_t count, const float *x, size_t pixel, size_t row, \
                                                  size_t kernel, size_t run, const float *w, const float *bias, \
                                                  float *y, size_t out, size_t filled, int act) { \
        enum { NV = VECTORS }; \
        switch (count) { __VA_ARGS__ } \
    }
#if PIXELS == 14
#define CONV_CASES \
    CONV_CASE(1) CONV_CASE(2) CONV_CASE(3) CONV_CASE(4) CONV_CASE(5) CONV_CASE(6) CONV_CASE(7) CONV_CASE(8) \
    CONV_CASE(9) CONV_CASE(10) CONV_CASE(11) CONV_CASE(12) CONV_CASE(13) CONV_CASE(14)
#else
#define CONV_CASES CONV_CASE(1) CONV_CASE(2) CONV_CASE(3) CONV_CASE(4) CONV_CASE(5) CONV_CASE(6)
#endif
CONV_TILES(conv_tile1, 1, CONV_CASES)
CONV_TILES(conv_tile2, 2, CONV_CASES)
#undef CONV_CASE
#undef CONV_CASES
#undef CONV_TILES

static void K(conv)(const ck_conv *s, const float *x, const float *w, const float *bias, float *y, int act) {
    size_t run = s->kernel * s->channels, rows = s->kernel * run, row = s->width * s->channels;
    size_t pixel = s->stride * s->channels, out = s->out_channels;
    size_t blocks = (s->out_width + PIXELS - 1) / PIXELS;
    for (size_t first = 0; first < out; first += 2 * LANES) {
        int two = out - first > LANES;
        size_t width = two ? 2 * LANES : LANES, filled = out - first < width ? out - first : width;
        const float *panel = w + first * rows;
        for (size_t oy = 0; oy < s->out_height; oy++) {
            for (size_t b = 0; b < blocks; b++) {
                size_t ox = s->out_width * b / blocks, count = s->out_width * (b + 1) / blocks - ox;
                (two ? K(conv_tile2) : K(conv_tile1))(
                    count, x + oy * s->stride * row + ox * pixel, pixel, row, s->kernel, run, panel,
                    bias ? bias + first : bias, y + (oy * s->out_width + ox) * out + first, out, filled, act);
            }
        }
    }
}

/// Pixels of the input that lie alike between the strides have the same few weights, and are a convolution at stride 1 by
/// themselves: no product is with a zero that would have to be put between the pixels of dy.
static void K(conv_back)(const ck_conv *s, size_t padding, const float *dy, const float *w, float *dx) {
    size_t step = s->stride, row = s->width * s->channels, out = s->out_channels;
    size_t most = (s->kernel + step - 1) / step, shift = padding / step;
    for (size_t phase = 0; phase < step * step; phase++) {
        size_t py = phase / step, px = phase % step;
        size_t tall = (s->kernel + step - 1 - py) / step, wide = (s->kernel + step - 1 - px) / step;
        // The first pixel of this phase.
        size_t top = (py + step - padding % step) % step, left = (px + step - padding % step) % step;
        size_t count = left < s->out_width ? (s->out_width - left + step - 1) / step : 0;
        size_t blocks = (count + PIXELS - 1) / PIXELS, run = wide * s->channels, rows = tall * run;
        for (size_t first = 0; first < out; first += 2 * LANES) {
            int two = out - first > LANES;
            size_t width = two ? 2 * LANES : LANES, filled = out - first < width ? out - first : width;
            const float *panel = w + first * rows;
            for (size_t y = top; y < s->out_height; y += step) {
                size_t from = (y + padding - py) / step + most - tall - shift;
                for (size_t b = 0; b < blocks; b++) {
                    size_t i = count * b / blocks, x = left + i * step;
                    (two ? K(conv_tile2) : K(conv_tile1))(
                        count * (b + 1) / blocks - i,
                        dy + from * row + ((x + padding - px) / step + most - wide - shift) * s->channels, s->channels,
                        row, tall, run, panel, NULL, dx + (y * s->out_width + x) * out + first, step * out, filled,
                        CK_NONE);
                }
            }
        }
        w += rows * ck_conv_padded(LANES, out);
    }
}

/// MR consecutive rows of the packed weight gradient by NV vectors, over the output rows first ..< last.
INL void K(weight_tile)(const int MR, const int NV, const ck_conv *s, const float *x, const float *dy, size_t ld,
                        size_t first, size_t last, float *dw) {
    size_t row = s->width * s->channels, pixel = s->stride * s->channels;
    K(vec) acc[12][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < NV; v++) acc[i][v] = *(const K(vec) *)(dw + (i * NV + v) * LANES);
    }
    for (size_t oy = first; oy < last; oy++) {
        const float *from = x + oy * s->stride * row, *gradient = dy + oy * s->out_width * ld;
        for (size_t ox = 0; ox < s->out_width; ox++, from += pixel, gradient += ld) {
            K(vec) g0 = *(const K(vec) *)gradient, g1 = g0;
            if (NV > 1) g1 = *(const K(vec) *)(gradient + LANES);
#pragma clang loop unroll(full)
            for (int i = 0; i < MR; i++) {
                acc[i][0] += from[i] * g0;
                if (NV > 1) acc[i][1] += from[i] * g1;
            }
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < NV; v++) *(K(vec) *)(dw + (i * NV + v) * LANES) = acc[i][v];
    }
}

#if LANES == 16
#define WEIGHT_ROWS 12
#else
#define WEIGHT_ROWS 6
#endif
#define WEIGHT_TILES(NAME, NV) \
    static __attribute__((noinline)) size_t K(NAME)(size_t left, const ck_conv *s, const float *x, const float *dy, \
                                                    size_t ld, size_t first, size_t last, float *dw) { \
        if (left >= WEIGHT_ROWS) { \
            K(weight_tile)(WEIGHT_ROWS, NV, s, x, dy, ld, first, last, dw); \
            return WEIGHT_ROWS; \
        } \
        if (left >= 8) { \
            K(weight_tile)(8, NV, s, x, dy, ld, first, last, dw); \
            return 8; \
        } \
        if (left >= 3) { \
            K(weight_tile)(3, NV, s, x, dy, ld, first, last, dw); \
            return 3; \
        } \
        K(weight_tile)(1, NV, s, x, dy, ld, first, last, dw); \
        return 1; \
    }
WEIGHT_TILES(weight_tile1, 1)
WEIGHT_TILES(weight_tile2, 2)
#undef WEIGHT_TILES
#undef WEIGHT_ROWS

static void K(conv_weights)(const ck_conv *s, const float *x, const float *dy, size_t ld, float *dw) {
    size_t run = s->kernel * s->channels, rows = s->kernel * run, row = s->width * s->channels;
    // Output rows at a time: what they read of x and dy stays in the first-level cache.
    size_t bytes = (s->stride * row + s->out_width * 2 * LANES) * sizeof(float), block = 24 * 1024 / bytes;
    if (block < 1) block = 1;
    for (size_t oy = 0; oy < s->out_height; oy += block) {
        size_t end = oy + block < s->out_height ? oy + block : s->out_height;
        for (size_t column = 0; column < s->out_channels; column += 2 * LANES) {
            int two = s->out_channels - column > LANES;
            size_t width = two ? 2 * LANES : LANES;
            for (size_t r = 0; r < s->kernel; r++) {
                float *to = dw + column * rows + r * run * width;
                for (size_t k = 0; k < run;)
                    k += (two ? K(weight_tile2) : K(weight_tile1))(run - k, s, x + r * row + k, dy + column, ld, oy,
                                                                   end, to + k * width);
            }
        }
    }
}
