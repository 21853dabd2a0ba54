// Convolutions with kernels of 3 x 3 by Winograd's F(2x2, 3x3): each 2 x 2 outputs by 16 products instead of 36. Lavin and
// Gray 2015 (arXiv:1509.09308). Images [height][width][channels]; channels are whole vectors, outputs whole panels.

/// Rows of tiles at a time, so that what lies between the steps stays in the second-level cache.
INL size_t K(winograd_rows)(const ck_conv *s) {
    size_t across = s->out_width / 2, tiles = 3072 / (s->channels + s->out_channels);
    size_t rows = tiles / across, all = s->out_height / 2;
    rows = rows < 1 ? 1 : rows;
    return rows < all ? rows : all;
}

/// Floats from one place's tiles to the next one's. A cache line more than they are: at a distance of a power of two all 16
/// would share few places of the first-level cache.
INL size_t K(winograd_apart)(size_t tiles, size_t channels) { return tiles * channels + 16; }

static size_t K(winograd_scratch)(const ck_conv *s) {
    size_t tiles = K(winograd_rows)(s) * (s->out_width / 2);
    return 16 * (K(winograd_apart)(tiles, s->channels) + K(winograd_apart)(tiles, s->out_channels));
}

/// Columns of the panel that begins at `column`.
INL size_t K(winograd_panel)(size_t column, size_t out) { return out - column > LANES ? 2 * LANES : LANES; }

/// One channel vector of a tile of the input, 4 x 4 pixels: B'd B.
INL void K(winograd_input)(const float *x, size_t pixel, size_t row, float *to, size_t apart) {
    K(vec) d[4][4], w[4][4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) d[i][j] = *(const K(vec) *)(x + (size_t)i * row + (size_t)j * pixel);
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
        w[0][j] = d[0][j] - d[2][j];
        w[1][j] = d[1][j] + d[2][j];
        w[2][j] = d[2][j] - d[1][j];
        w[3][j] = d[1][j] - d[3][j];
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        float *at = to + (size_t)(4 * i) * apart;
        *(K(vec) *)at = w[i][0] - w[i][2];
        *(K(vec) *)(at + apart) = w[i][1] + w[i][2];
        *(K(vec) *)(at + 2 * apart) = w[i][2] - w[i][1];
        *(K(vec) *)(at + 3 * apart) = w[i][1] - w[i][3];
    }
}

/// One vector of output channels of a tile, 2 x 2 pixels: A'm A, then bias and activation.
INL void K(winograd_output)(const float *m, size_t apart, K(vec) bias, float *y, size_t pixel, size_t row, int act) {
    K(vec) z[2][4];
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
        K(vec) m0 = *(const K(vec) *)(m + (size_t)j * apart), m1 = *(const K(vec) *)(m + (size_t)(4 + j) * apart);
        K(vec) m2 = *(const K(vec) *)(m + (size_t)(8 + j) * apart), m3 = *(const K(vec) *)(m + (size_t)(12 + j) * apart);
        z[0][j] = m0 + m1 + m2;
        z[1][j] = m1 - m2 - m3;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 2; i++) {
        K(vec) y0 = z[i][0] + z[i][1] + z[i][2] + bias, y1 = z[i][1] - z[i][2] - z[i][3] + bias;
        if (act == CK_RELU) {
            // Written so that NaN stays NaN.
            y0 = (K(vec))((K(ivec))y0 & ~(K(ivec))(y0 < 0));
            y1 = (K(vec))((K(ivec))y1 & ~(K(ivec))(y1 < 0));
        }
        *(K(vec) *)(y + (size_t)i * row) = y0;
        *(K(vec) *)(y + (size_t)i * row + pixel) = y1;
    }
}

/// Rows of tiles first ..< last of the input: v [16][tiles][channels].
INL void K(winograd_inputs)(const ck_conv *s, const float *x, size_t first, size_t last, float *v, size_t apart) {
    size_t channels = s->channels, across = s->out_width / 2, row = s->width * channels;
    for (size_t r = first; r < last; r++) {
        const float *from = x + 2 * r * row;
        for (size_t t = 0; t < across; t++, from += 2 * channels, v += channels)
            for (size_t c = 0; c < channels; c += LANES) K(winograd_input)(from + c, channels, row, v + c, apart);
    }
}

static void K(winograd)(const ck_conv *s, const float *x, const float *u, const float *bias, float *y, int act,
                        float *scratch) {
    size_t channels = s->channels, out = s->out_channels, across = s->out_width / 2, all = s->out_height / 2;
    size_t rows = K(winograd_rows)(s);
    for (size_t first = 0; first < all; first += rows) {
        size_t last = first + rows < all ? first + rows : all, tiles = (last - first) * across;
        size_t v_apart = K(winograd_apart)(tiles, channels), m_apart = K(winograd_apart)(tiles, out);
        float *v = scratch, *m = scratch + 16 * v_apart;
        K(winograd_inputs)(s, x, first, last, v, v_apart);
        size_t blocks = (tiles + PIXELS - 1) / PIXELS;
        for (size_t place = 0; place < 16; place++) {
            for (size_t column = 0; column < out; column += 2 * LANES) {
                const float *panel = u + (place * out + column) * channels;
                size_t width = K(winograd_panel)(column, out);
                for (size_t block = 0; block < blocks; block++) {
                    size_t i = tiles * block / blocks, count = tiles * (block + 1) / blocks - i;
                    (width > LANES ? K(product_rows2) : K(product_rows1))(
                        count, v + place * v_apart + i * channels, channels, 1, channels, panel, width,
                        m + place * m_apart + i * out + column, out, width, 0);
                }
            }
        }
        const float *from = m;
        for (size_t r = first; r < last; r++) {
            float *to = y + 2 * r * s->out_width * out;
            for (size_t t = 0; t < across; t++, from += out, to += 2 * out) {
                for (size_t c = 0; c < out; c += LANES) {
                    K(vec) b = {0};
                    if (bias) b = *(const K(vec) *)(bias + c);
                    K(winograd_output)(from + c, m_apart, b, to + c, out, s->out_width * out, act);
                }
            }
        }
    }
}

/// Weights [3][3][in][out] to panels of each of the 16 places: G g G'. Input channels first ..< last.
static void K(winograd_pack)(size_t in, size_t out, size_t first, size_t last, const float *w, float *u) {
    for (size_t c = first; c < last; c++) {
        for (size_t k = 0; k < out; k += LANES) {
            K(vec) g[3][3], h[4][3];
            for (size_t i = 0; i < 3; i++)
                for (size_t j = 0; j < 3; j++) g[i][j] = *(const K(vec) *)(w + ((3 * i + j) * in + c) * out + k);
            for (size_t j = 0; j < 3; j++) {
                h[0][j] = g[0][j];
                h[1][j] = 0.5f * (g[0][j] + g[1][j] + g[2][j]);
                h[2][j] = 0.5f * (g[0][j] - g[1][j] + g[2][j]);
                h[3][j] = g[2][j];
            }
            size_t panel = k / (2 * LANES) * (2 * LANES), apart = in * out;
            float *to = u + panel * in + c * K(winograd_panel)(panel, out) + k - panel;
            for (size_t i = 0; i < 4; i++, to += 4 * apart) {
                *(K(vec) *)to = h[i][0];
                *(K(vec) *)(to + apart) = 0.5f * (h[i][0] + h[i][1] + h[i][2]);
                *(K(vec) *)(to + 2 * apart) = 0.5f * (h[i][0] - h[i][1] + h[i][2]);
                *(K(vec) *)(to + 3 * apart) = h[i][2];
            }
        }
    }
}

/// The same for the gradient of the input, where what goes out comes in and the kernel is turned by 180 degrees: each place
/// transposed, and the first and the last change places in both directions.
static void K(winograd_turn)(size_t in, size_t out, size_t first, size_t last, const float *u, float *turned) {
    static const size_t other[4] = {3, 1, 2, 0};
    for (size_t place = 0; place < 16; place++) {
        const float *from = u + place * in * out;
        float *to = turned + (4 * other[place / 4] + other[place % 4]) * in * out;
        for (size_t c = first; c < last; c += LANES) {
            size_t inner = c / (2 * LANES) * (2 * LANES), inner_width = K(winograd_panel)(inner, in);
            for (size_t k = 0; k < out; k += LANES) {
                size_t panel = k / (2 * LANES) * (2 * LANES), width = K(winograd_panel)(panel, out);
                K(turn)(from + panel * in + c * width + k - panel, width, to + inner * out + k * inner_width + c - inner,
                        inner_width);
            }
        }
    }
}

/// One vector of output channels of a tile of the gradient, 2 x 2 pixels: A dy A'.
INL void K(winograd_gradient)(const float *dy, size_t pixel, size_t row, float *to, size_t apart) {
    K(vec) z[4][2];
#pragma clang loop unroll(full)
    for (int j = 0; j < 2; j++) {
        K(vec) above = *(const K(vec) *)(dy + (size_t)j * pixel), below = *(const K(vec) *)(dy + row + (size_t)j * pixel);
        z[0][j] = above;
        z[1][j] = above + below;
        z[2][j] = above - below;
        z[3][j] = -below;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        float *at = to + (size_t)(4 * i) * apart;
        *(K(vec) *)at = z[i][0];
        *(K(vec) *)(at + apart) = z[i][0] + z[i][1];
        *(K(vec) *)(at + 2 * apart) = z[i][0] - z[i][1];
        *(K(vec) *)(at + 3 * apart) = -z[i][1];
    }
}

static void K(winograd_weights)(const ck_conv *s, const float *x, const float *dy, float *sums, float *scratch) {
    size_t channels = s->channels, out = s->out_channels, across = s->out_width / 2, all = s->out_height / 2;
    size_t rows = K(winograd_rows)(s), row = s->out_width * out;
    for (size_t first = 0; first < all; first += rows) {
        size_t last = first + rows < all ? first + rows : all, tiles = (last - first) * across;
        size_t v_apart = K(winograd_apart)(tiles, channels), g_apart = K(winograd_apart)(tiles, out);
        float *v = scratch, *g = scratch + 16 * v_apart;
        K(winograd_inputs)(s, x, first, last, v, v_apart);
        // As panels, which is how products take their right matrix.
        const float *from = dy + 2 * first * row;
        for (size_t t = 0; t < tiles; t++, from += t % across == 0 ? row + 2 * out : 2 * out) {
            for (size_t k = 0; k < out; k += LANES) {
                size_t panel = k / (2 * LANES) * (2 * LANES);
                K(winograd_gradient)(from + k, out, row, g + panel * tiles + t * K(winograd_panel)(panel, out) + k - panel,
                                     g_apart);
            }
        }
        size_t blocks = (channels + PIXELS - 1) / PIXELS;
        for (size_t place = 0; place < 16; place++) {
            for (size_t column = 0; column < out; column += 2 * LANES) {
                const float *panel = g + place * g_apart + column * tiles;
                size_t width = K(winograd_panel)(column, out);
                for (size_t block = 0; block < blocks; block++) {
                    size_t c = channels * block / blocks, count = channels * (block + 1) / blocks - c;
                    (width > LANES ? K(product_columns2) : K(product_columns1))(
                        count, v + place * v_apart + c, 1, channels, tiles, panel, width,
                        sums + (place * channels + c) * out + column, out, width, 1);
                }
            }
        }
    }
}

/// Sums of the 16 places [16][in][out] to the gradient of the weights [3][3][in][out]: G' s G. Input channels first ..< last.
static void K(winograd_unpack)(size_t in, size_t out, size_t first, size_t last, const float *sums, float *dw) {
    size_t apart = in * out;
    for (size_t at = first * out; at < last * out; at += LANES) {
        K(vec) h[3][4];
        for (size_t j = 0; j < 4; j++) {
            const float *from = sums + j * apart + at;
            K(vec) s0 = *(const K(vec) *)from, s1 = *(const K(vec) *)(from + 4 * apart);
            K(vec) s2 = *(const K(vec) *)(from + 8 * apart), s3 = *(const K(vec) *)(from + 12 * apart);
            h[0][j] = s0 + 0.5f * (s1 + s2);
            h[1][j] = 0.5f * (s1 - s2);
            h[2][j] = 0.5f * (s1 + s2) + s3;
        }
        for (size_t i = 0; i < 3; i++) {
            float *to = dw + 3 * i * apart + at;
            *(K(vec) *)to = h[i][0] + 0.5f * (h[i][1] + h[i][2]);
            *(K(vec) *)(to + apart) = 0.5f * (h[i][1] - h[i][2]);
            *(K(vec) *)(to + 2 * apart) = 0.5f * (h[i][1] + h[i][2]) + h[i][3];
        }
    }
}
