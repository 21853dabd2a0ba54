// Activation functions whose gradient is computed from their argument, and softmax, whose is from its result.

/// The share of N(0, 1) below x: erfc by the fit of Press et al., Numerical Recipes (2nd edition, 6.2), whose relative
/// error is below 1.2e-7.
INL float K(normal_share)(float x) {
    float z = __builtin_fabsf(x) * 0.70710678118654752f, t = 1 / (1 + 0.5f * z);
    float p = 0.17087277f;
    p = p * t - 0.82215223f;
    p = p * t + 1.48851587f;
    p = p * t - 1.13520398f;
    p = p * t + 0.27886807f;
    p = p * t - 0.18628806f;
    p = p * t + 0.09678418f;
    p = p * t + 0.37409196f;
    p = p * t + 1.00002368f;
    p = p * t - 1.26551223f;
    float tail = 0.5f * t * K(fexp)(p - z * z);
    return x < 0 ? tail : 1 - tail;
}

INL float K(logistic)(float x) { return 1 / (1 + K(fexp)(-x)); }

static void K(curve)(float *y, const float *x, size_t n, int act, float slope) {
    switch (act) {
    case CK_LEAKY_RELU:
        for (size_t i = 0; i < n; i++) y[i] = x[i] < 0 ? x[i] * slope : x[i];
        break;
    case CK_GELU:
        for (size_t i = 0; i < n; i++) y[i] = x[i] * K(normal_share)(x[i]);
        break;
    case CK_SILU:
        for (size_t i = 0; i < n; i++) y[i] = x[i] * K(logistic)(x[i]);
        break;
    default:
        for (size_t i = 0; i < n; i++) y[i] = K(logistic)(x[i]);
    }
}

INL float K(leaky_slope)(float x, float slope) { return x > 0 ? 1 : slope; }
/// The share below x, and x times the density. One power of e does for both with the fit of Abramowitz and Stegun (7.1.26),
/// whose absolute error is below 1.5e-7.
INL float K(gelu_slope)(float x) {
    float z = __builtin_fabsf(x) * 0.70710678118654752f, t = 1 / (1 + 0.3275911f * z);
    float power = K(fexp)(-0.5f * x * x);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float tail = 0.5f * p * t * power;
    return (x < 0 ? tail : 1 - tail) + x * 0.39894228040143268f * power;
}
INL float K(silu_slope)(float x) {
    float share = K(logistic)(x);
    return share * (1 + x * (1 - share));
}
INL float K(logistic_slope)(float x) {
    float share = K(logistic)(x);
    return share * (1 - share);
}

/// In place is a loop of its own: with two pointers into the same memory none would be vectorised.
#define CURVE_BACK(SLOPE) \
    if (dx == dy) \
        for (size_t i = 0; i < n; i++) dx[i] *= SLOPE; \
    else \
        for (size_t i = 0; i < n; i++) dx[i] = dy[i] * SLOPE; \
    break

static void K(curve_back)(float *dx, const float *dy, const float *x, size_t n, int act, float slope) {
    switch (act) {
    case CK_LEAKY_RELU: CURVE_BACK(K(leaky_slope)(x[i], slope));
    case CK_GELU: CURVE_BACK(K(gelu_slope)(x[i]));
    case CK_SILU: CURVE_BACK(K(silu_slope)(x[i]));
    default: CURVE_BACK(K(logistic_slope)(x[i]));
    }
}
#undef CURVE_BACK

static void K(softmax)(float *y, const float *x, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++, x += cols, y += cols) {
        float largest = x[0], sum = 0;
        for (size_t j = 1; j < cols; j++) largest = x[j] > largest ? x[j] : largest;
        for (size_t j = 0; j < cols; j++) {
            float e = K(fexp)(x[j] - largest);
            y[j] = e;
            sum += e;
        }
        float share = 1 / sum;
        for (size_t j = 0; j < cols; j++) y[j] *= share;
    }
}

static void K(softmax_back)(float *dx, const float *dy, const float *y, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++, dx += cols, dy += cols, y += cols) {
        float mean = 0;
        for (size_t j = 0; j < cols; j++) mean += dy[j] * y[j];
        for (size_t j = 0; j < cols; j++) dx[j] = (dy[j] - mean) * y[j];
    }
}
