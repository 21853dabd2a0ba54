// Convolution of each channel by itself over images [height][width][channels]: a vector of channels of some neighbouring
// output pixels stays in registers while the kernel's places go by.

/// MR output pixels of one row by one vector of channels.
INL void K(depthwise_tile)(const int MR, const float *x, size_t pixel, size_t row, size_t kernel, size_t channels,
                           const float *w, const float *bias, float *y, int act) {
    K(vec) acc[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) acc[i] = bias ? *(const K(vec) *)bias : (K(vec)){0};
    for (size_t r = 0; r < kernel; r++) {
        for (size_t t = 0; t < kernel; t++, w += channels) {
            K(vec) factor = *(const K(vec) *)w;
#pragma clang loop unroll(full)
            for (int i = 0; i < MR; i++)
                acc[i] += *(const K(vec) *)(x + r * row + t * channels + (size_t)i * pixel) * factor;
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < MR; i++) {
        // Written so that NaN stays NaN.
        if (act == CK_RELU) acc[i] = (K(vec))((K(ivec))acc[i] & ~(K(ivec))(acc[i] < 0));
        *(K(vec) *)(y + (size_t)i * channels) = acc[i];
    }
}

static void K(depthwise)(const ck_conv *s, const float *x, const float *w, const float *bias, float *y, int act) {
    size_t channels = s->channels, kernel = s->kernel, row = s->width * channels, pixel = s->stride * channels;
    size_t whole = channels / LANES * LANES;
    for (size_t oy = 0; oy < s->out_height; oy++) {
        const float *from = x + oy * s->stride * row;
        for (size_t ox = 0; ox < s->out_width;) {
            size_t count = s->out_width - ox < 4 ? 1 : 4;
            for (size_t c = 0; c < whole; c += LANES) {
                const float *b = bias ? bias + c : bias;
                if (count == 4)
                    K(depthwise_tile)(4, from + c, pixel, row, kernel, channels, w + c, b, y + c, act);
                else
                    K(depthwise_tile)(1, from + c, pixel, row, kernel, channels, w + c, b, y + c, act);
            }
            for (size_t i = 0; i < count; i++) {
                for (size_t c = whole; c < channels; c++) {
                    float sum = bias ? bias[c] : 0;
                    for (size_t r = 0; r < kernel; r++)
                        for (size_t t = 0; t < kernel; t++)
                            sum += from[r * row + t * channels + i * pixel + c] * w[(r * kernel + t) * channels + c];
                    y[i * channels + c] = act == CK_RELU && sum < 0 ? 0 : sum;
                }
            }
            ox += count;
            from += count * pixel;
            y += count * channels;
        }
    }
}

/// NT neighbouring places of the kernel by one vector of channels, over one output row.
INL void K(depthwise_weight_tile)(const int NT, const float *x, const float *dy, size_t pixel, size_t channels,
                                  size_t width, float *dw) {
    K(vec) acc[3];
#pragma clang loop unroll(full)
    for (int t = 0; t < NT; t++) acc[t] = *(const K(vec) *)(dw + (size_t)t * channels);
    for (size_t ox = 0; ox < width; ox++, x += pixel, dy += channels) {
        K(vec) gradient = *(const K(vec) *)dy;
#pragma clang loop unroll(full)
        for (int t = 0; t < NT; t++) acc[t] += *(const K(vec) *)(x + (size_t)t * channels) * gradient;
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < NT; t++) *(K(vec) *)(dw + (size_t)t * channels) = acc[t];
}

static void K(depthwise_weights)(const ck_conv *s, const float *x, const float *dy, float *dw) {
    size_t channels = s->channels, kernel = s->kernel, row = s->width * channels, pixel = s->stride * channels;
    size_t whole = channels / LANES * LANES, width = s->out_width;
    for (size_t oy = 0; oy < s->out_height; oy++, dy += width * channels) {
        for (size_t r = 0; r < kernel; r++) {
            const float *from = x + (oy * s->stride + r) * row;
            float *to = dw + r * kernel * channels;
            for (size_t c = 0; c < whole; c += LANES) {
                size_t t = 0;
                for (; t + 3 <= kernel; t += 3)
                    K(depthwise_weight_tile)(3, from + t * channels + c, dy + c, pixel, channels, width,
                                             to + t * channels + c);
                for (; t < kernel; t++)
                    K(depthwise_weight_tile)(1, from + t * channels + c, dy + c, pixel, channels, width,
                                             to + t * channels + c);
            }
            for (size_t t = 0; t < kernel; t++) {
                for (size_t c = whole; c < channels; c++) {
                    float sum = 0;
                    for (size_t ox = 0; ox < width; ox++)
                        sum += from[ox * pixel + t * channels + c] * dy[ox * channels + c];
                    to[t * channels + c] += sum;
                }
            }
        }
    }
}
