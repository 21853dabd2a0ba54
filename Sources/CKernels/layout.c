// Moving numbers without computing: the same bits at every level.
#include "CKernels.h"
#include <string.h>

size_t ck_conv_padded(size_t lanes, size_t out) { return (out + lanes - 1) / lanes * lanes; }

/// Columns of the panel that starts at column `first`.
static size_t panel_width(size_t lanes, size_t out, size_t first) {
    size_t left = ck_conv_padded(lanes, out) - first;
    return left < 2 * lanes ? left : 2 * lanes;
}

void ck_conv_pack(size_t lanes, size_t rows, size_t out, const float *w, float *packed) {
    for (size_t first = 0; first < out; first += 2 * lanes) {
        size_t width = panel_width(lanes, out, first), filled = out - first < width ? out - first : width;
        for (size_t r = 0; r < rows; r++, packed += width) {
            memcpy(packed, w + r * out + first, filled * sizeof(float));
            memset(packed + filled, 0, (width - filled) * sizeof(float));
        }
    }
}

void ck_conv_pack_turned(size_t lanes, size_t kernel, size_t stride, size_t in, size_t out, const float *w,
                         float *packed) {
    for (size_t phase = 0; phase < stride * stride; phase++) {
        size_t py = phase / stride, px = phase % stride;
        size_t tall = (kernel + stride - 1 - py) / stride, wide = (kernel + stride - 1 - px) / stride;
        for (size_t first = 0; first < in; first += 2 * lanes) {
            size_t width = panel_width(lanes, in, first), filled = in - first < width ? in - first : width;
            for (size_t place = tall * wide; place-- > 0;) {
                size_t y = py + place / wide * stride, x = px + place % wide * stride;
                const float *from = w + ((y * kernel + x) * in + first) * out;
                for (size_t o = 0; o < out; o++, packed += width) {
                    for (size_t i = 0; i < filled; i++) packed[i] = from[i * out + o];
                    memset(packed + filled, 0, (width - filled) * sizeof(float));
                }
            }
        }
    }
}

void ck_conv_unpack(size_t lanes, size_t rows, size_t out, size_t column, size_t first, size_t last,
                    const float *packed, float *w) {
    size_t width = panel_width(lanes, out, column), filled = out - column < width ? out - column : width;
    const float *panel = packed + column * rows;
    for (size_t r = first; r < last; r++) memcpy(w + r * out + column, panel + r * width, filled * sizeof(float));
}

void ck_copy_columns(const float *from, size_t ld_from, size_t rows, size_t cols, float *to, size_t ld_to) {
    for (size_t i = 0; i < rows; i++, from += ld_from, to += ld_to)
        for (size_t j = 0; j < cols; j++) to[j] = from[j];
}

void ck_place(const float *image, size_t height, size_t width, size_t channels, size_t top, size_t left, size_t step,
              float *out, size_t out_height, size_t out_width) {
    size_t row = out_width * channels;
    for (size_t y = 0; y < out_height; y++, out += row) {
        size_t inner = y - top;  // wraps above the image, and then fails the test
        if (y < top || inner % step != 0 || inner / step >= height) {
            memset(out, 0, row * sizeof(float));
            continue;
        }
        const float *from = image + inner / step * width * channels;
        if (step == 1) {
            size_t end = (left + width) * channels;
            memset(out, 0, left * channels * sizeof(float));
            memcpy(out + left * channels, from, width * channels * sizeof(float));
            memset(out + end, 0, (row - end) * sizeof(float));
        } else {
            memset(out, 0, row * sizeof(float));
            for (size_t x = 0; x < width; x++)
                memcpy(out + (left + x * step) * channels, from + x * channels, channels * sizeof(float));
        }
    }
}
