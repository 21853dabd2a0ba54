// Activation functions whose gradient is computed from their argument, and softmax, whose is from its result.

/// The share of N(0, 1) below x, and its density there without the factor 1 / sqrt(2 pi). The tail is exp(-z²) times the
/// scaled complementary error function, as a polynomial in t (Tests/Reference/gelu_fit.py; relative error below 9e-8), so
/// that one power of e does for both.
INL float K(normal_share)(float x, float *power) {
    float z = __builtin_fabsf(x) * 0.70710678118654752f, t = 1 / (1 + 0.33f * z);
    float p = -0.135928769f;
    p = p * t + 0.46268811f;
    p = p * t - 0.355438728f;
    p = p * t + 0.412541406f;
    p = p * t + 0.045010753f;
    p = p * t + 0.201923791f;
    p = p * t + 0.182837247f;
    p = p * t + 0.18636611f;
    *power = K(fexp)(-0.5f * x * x);
    float tail = 0.5f * t * p * *power;
    return x < 0 ? tail : 1 - tail;
}

INL float K(logistic)(float x) { return 1 / (1 + K(fexp)(-x)); }

/// f(x), and its slope there.
INL float K(leaky_relu)(float x, float below, float *slope) {
    *slope = x > 0 ? 1 : below;
    return x < 0 ? x * below : x;
}
INL float K(gelu)(float x, float below, float *slope) {
    (void)below;
    float power, share = K(normal_share)(x, &power);
    *slope = share + x * 0.39894228040143268f * power;
    return x * share;
}
INL float K(silu)(float x, float below, float *slope) {
    (void)below;
    float share = K(logistic)(x);
    *slope = share * (1 + x * (1 - share));
    return x * share;
}
INL float K(sigmoid)(float x, float below, float *slope) {
    (void)below;
    float share = K(logistic)(x);
    *slope = share * (1 - share);
    return share;
}

#define CURVES(BODY) \
    switch (act) { \
    case CK_LEAKY_RELU: BODY(K(leaky_relu)); \
    case CK_GELU: BODY(K(gelu)); \
    case CK_SILU: BODY(K(silu)); \
    default: BODY(K(sigmoid)); \
    }

#define VALUES(F) \
    for (size_t i = 0; i < n; i++) y[i] = F(x[i], below, &slope); \
    break
static void K(curve)(float *y, const float *x, size_t n, int act, float below) {
    float slope;
    CURVES(VALUES)
}
#undef VALUES

#define VALUES_AND_SLOPES(F) \
    for (size_t i = 0; i < n; i++) { \
        y[i] = F(x[i], below, &slope); \
        x[i] = slope; \
    } \
    break
static void K(curve_and_slope)(float *restrict y, float *restrict x, size_t n, int act, float below) {
    float slope;
    CURVES(VALUES_AND_SLOPES)
}
#undef VALUES_AND_SLOPES

/// In place is a loop of its own: with two pointers into the same memory none would be vectorised.
#define GRADIENTS(F) \
    if (dx == dy) \
        for (size_t i = 0; i < n; i++) { \
            F(x[i], below, &slope); \
            dx[i] *= slope; \
        } \
    else \
        for (size_t i = 0; i < n; i++) { \
            F(x[i], below, &slope); \
            dx[i] = dy[i] * slope; \
        } \
    break
static void K(curve_back)(float *dx, const float *dy, const float *x, size_t n, int act, float below) {
    float slope;
    CURVES(GRADIENTS)
}
#undef GRADIENTS
#undef CURVES

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
