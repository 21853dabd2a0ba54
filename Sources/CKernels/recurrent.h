// One step of a recurrent layer for one example, and its product with packed weights.

/// Rows of x, which are not close together, by packed weights.
static void K(packed_product)(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t cols,
                       const float *bias, float *y, size_t ldy) {
    size_t blocks = (rows + PIXELS - 1) / PIXELS;
    for (size_t first = 0; first < cols; first += 2 * LANES) {
        int two = cols - first > LANES;
        size_t width = two ? 2 * LANES : LANES, filled = cols - first < width ? cols - first : width;
        for (size_t b = 0; b < blocks; b++) {
            size_t row = rows * b / blocks, count = rows * (b + 1) / blocks - row;
            (two ? K(conv_tile2) : K(conv_tile1))(count, x + row * ldx, ldx, 0, 1, depth, w + first * depth,
                                                  bias ? bias + first : bias, y + row * ldy + first, ldy, filled,
                                                  CK_NONE);
        }
    }
}

/// Element j of every row belongs to element j of the others, so that what is written in place is read first.
#define EACH_UNIT _Pragma("clang loop vectorize(assume_safety)") for (size_t j = 0; j < n; j++)

static void K(lstm)(size_t n, float *gates, const float *product, const float *before, float *cell, float *h) {
    float *i = gates, *f = i + n, *g = f + n, *o = g + n;
    const float *pi = product, *pf = pi + n, *pg = pf + n, *po = pg + n;
    EACH_UNIT {
        float in = K(logistic)(i[j] + pi[j]), keep = K(logistic)(f[j] + pf[j]);
        float value = K(ftanh)(g[j] + pg[j]), out = K(logistic)(o[j] + po[j]);
        float next = keep * before[j] + in * value;
        i[j] = in;
        f[j] = keep;
        g[j] = value;
        o[j] = out;
        cell[j] = next;
        h[j] = out * K(ftanh)(next);
    }
}

static void K(lstm_back)(size_t n, float *gates, float *cell, const float *before, const float *dy, const float *dh,
                         float *carry, float *dproduct) {
    float *i = gates, *f = i + n, *g = f + n, *o = g + n;
    float *di = dproduct, *df = di + n, *dg = df + n, *dout = dg + n;
    EACH_UNIT {
        float in = i[j], keep = f[j], value = g[j], out = o[j], squashed = K(ftanh)(cell[j]);
        float dstate = dy[j] + dh[j];
        float dcell = carry[j] + dstate * out * (1 - squashed * squashed);
        float a = dcell * value * in * (1 - in), b = dcell * before[j] * keep * (1 - keep);
        float c = dcell * in * (1 - value * value), d = dstate * squashed * out * (1 - out);
        carry[j] = dcell * keep;
        i[j] = di[j] = a;
        f[j] = df[j] = b;
        g[j] = dg[j] = c;
        o[j] = dout[j] = d;
    }
}

static void K(gru)(size_t n, float *gates, const float *product, const float *before, float *cell, float *h) {
    float *r = gates, *z = r + n, *c = z + n;
    const float *pr = product, *pz = pr + n, *pc = pz + n;
    EACH_UNIT {
        float reset = K(logistic)(r[j] + pr[j]), update = K(logistic)(z[j] + pz[j]), hidden = pc[j];
        float value = K(ftanh)(c[j] + reset * hidden);
        r[j] = reset;
        z[j] = update;
        c[j] = value;
        cell[j] = hidden;
        h[j] = value + update * (before[j] - value);
    }
}

static void K(gru_back)(size_t n, float *gates, float *cell, const float *before, const float *dy, const float *dh,
                        float *carry, float *dproduct) {
    float *r = gates, *z = r + n, *c = z + n;
    float *dr = dproduct, *dz = dr + n, *dc = dz + n;
    EACH_UNIT {
        float reset = r[j], update = z[j], value = c[j], dstate = dy[j] + dh[j] + carry[j];
        float dvalue = dstate * (1 - update) * (1 - value * value);
        float a = dvalue * cell[j] * reset * (1 - reset), b = dstate * (before[j] - value) * update * (1 - update);
        carry[j] = dstate * update;
        r[j] = dr[j] = a;
        z[j] = dz[j] = b;
        c[j] = dvalue;
        cell[j] = dc[j] = dvalue * reset;
    }
}
#undef EACH_UNIT
