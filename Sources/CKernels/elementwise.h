// Loops over elements; written so that they vectorise, and so that NaN stays NaN.

/// e^x by Cephes' polynomial, relative error below 2e-7; NaN stays NaN.
INL float K(fexp)(float x) {
// Beside 1.5 * 2^23 a float has no digits behind the point left, and the whole number in its last bits.
#pragma clang fp reassociate(off)
    const float rounder = 12582912;
    float clamped = x > 88 ? 88 : x;
    clamped = clamped < -87 ? -87 : clamped;
    union {
        float f;
        uint32_t i;
    } shifted = {clamped * 1.44269504088896341f + rounder};
    float f = shifted.f - rounder, r = clamped - f * 0.693359375f;
    r -= f * -2.12194440e-4f;
    float p = 1.9875691500E-4f;
    p = p * r + 1.3981999507E-3f;
    p = p * r + 8.3334519073E-3f;
    p = p * r + 4.1665795894E-2f;
    p = p * r + 1.6666665459E-1f;
    p = p * r + 5.0000001201E-1f;
    p = p * r * r + r + 1;
    union {
        uint32_t i;
        float f;
    } two = {(shifted.i << 23) + (127u << 23)};
    return p * two.f;
}

/// tanh by e^2x for large arguments, by an odd polynomial (Cephes' tanhf) for small ones, where 1 - 2/(e^2x + 1)
/// cancels.
INL float K(ftanh)(float x) {
    float a = __builtin_fabsf(x), z = x * x;
    float large = 1 - 2 / (K(fexp)(2 * a) + 1);
    float p = -5.70498872745E-3f;
    p = p * z + 2.06390887954E-2f;
    p = p * z - 5.37397155531E-2f;
    p = p * z + 1.33314422036E-1f;
    p = p * z - 3.33332819422E-1f;
    float small = p * z * x + x;
    float signed_large = x < 0 ? -large : large;
    return a < 0.625f ? small : x != x ? x : signed_large;
}

static void K(finish)(float *y, size_t ld, size_t rows, size_t cols, const float *bias, int act, const uint8_t *mask,
                      size_t mask_ld, float scale) {
    for (size_t i = 0; i < rows; i++, y += ld) {
        if (bias && act == CK_RELU && mask) {
            for (size_t j = 0; j < cols; j++) {
                float value = y[j] + bias[j];
                value = value < 0 ? 0 : value;
                y[j] = mask[j] ? value * scale : 0;
            }
        } else {
            if (bias && act == CK_RELU) {
                for (size_t j = 0; j < cols; j++) {
                    float value = y[j] + bias[j];
                    y[j] = value < 0 ? 0 : value;
                }
            } else {
                if (bias)
                    for (size_t j = 0; j < cols; j++) y[j] += bias[j];
                if (act == CK_RELU)
                    for (size_t j = 0; j < cols; j++) y[j] = y[j] < 0 ? 0 : y[j];
            }
            if (act == CK_TANH)
                for (size_t j = 0; j < cols; j++) y[j] = K(ftanh)(y[j]);
            if (mask)
                for (size_t j = 0; j < cols; j++) y[j] = mask[j] ? y[j] * scale : 0;
        }
        if (mask) mask += mask_ld;
    }
}

static void K(unfinish)(float *dy, const float *y, size_t ld, size_t rows, size_t cols, int act, float scale) {
    for (size_t i = 0; i < rows; i++, y += ld, dy += ld) {
        if (act == CK_RELU)
            for (size_t j = 0; j < cols; j++) dy[j] = y[j] > 0 ? dy[j] * scale : 0;
        else if (act == CK_TANH)
            for (size_t j = 0; j < cols; j++) dy[j] *= 1 - y[j] * y[j];
    }
}

static void K(drop)(float *y, const float *x, const uint8_t *mask, size_t n, float scale) {
    for (size_t i = 0; i < n; i++) y[i] = mask[i] ? x[i] * scale : 0;
}

static void K(scale_columns)(float *y, const float *x, const float *factor, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++, x += cols, y += cols)
        for (size_t j = 0; j < cols; j++) y[j] = x[j] * factor[j];
}

static void K(sum)(float *y, const float *a, const float *b, size_t n, int act) {
    if (act == CK_RELU)
        for (size_t i = 0; i < n; i++) {
            float value = a[i] + b[i];
            y[i] = value < 0 ? 0 : value;
        }
    else
        for (size_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

static void K(times)(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] *= x[i];
}

static void K(add)(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}

static void K(approach)(float *y, const float *x, size_t n, float share) {
    for (size_t i = 0; i < n; i++) y[i] += (x[i] - y[i]) * share;
}

static void K(mix)(float *y, const float *x, const float *z, size_t n, float share) {
    for (size_t i = 0; i < n; i++) y[i] = z[i] + (x[i] - z[i]) * share;
}

static void K(affine)(float *y, const float *x, const float *a, const float *b, size_t rows, size_t cols, int act) {
    for (size_t i = 0; i < rows; i++, x += cols, y += cols) {
        if (act == CK_RELU) {
            for (size_t j = 0; j < cols; j++) {
                float value = x[j] * a[j] + b[j];
                y[j] = value < 0 ? 0 : value;
            }
        } else {
            for (size_t j = 0; j < cols; j++) y[j] = x[j] * a[j] + b[j];
        }
    }
}

static void K(norm_back)(float *dx, const float *dy, const float *x, const float *a, const float *b, const float *c,
                         size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++, x += cols, dy += cols, dx += cols)
        for (size_t j = 0; j < cols; j++) dx[j] = dy[j] * a[j] + x[j] * b[j] + c[j];
}
