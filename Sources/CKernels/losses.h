// Softmax with cross-entropy in one pass over each row, the part of soft targets, cross-entropy of single logits, and
// errors of numbers.

/// Rows of fewer classes than that are computed side by side, as many: one alone would fill a part of a vector.
#define CROSS_ROWS 16

/// Up to `CROSS_ROWS` rows; -> how many have their largest logit at the label. A row's bits are its own: what is missing is
/// filled with the last row, and one without a class is computed as if it had the first.
static size_t K(cross_entropy_rows)(const float *logits, const int32_t *labels, size_t rows, size_t classes, float scale,
                                    float *losses, float *gradient) {
    float e[CROSS_ROWS][CROSS_ROWS], largest[CROSS_ROWS], sum[CROSS_ROWS];
    int32_t best[CROSS_ROWS] = {0};
    for (size_t j = 0; j < classes; j++)
        for (size_t l = 0; l < CROSS_ROWS; l++) e[j][l] = logits[(l < rows ? l : rows - 1) * classes + j];
    memcpy(largest, e[0], sizeof largest);
    for (size_t j = 1; j < classes; j++) {
        for (size_t l = 0; l < CROSS_ROWS; l++) {
            int isLarger = e[j][l] > largest[l];
            largest[l] = isLarger ? e[j][l] : largest[l];
            best[l] = isLarger ? (int32_t)j : best[l];
        }
    }
    memset(sum, 0, sizeof sum);
    for (size_t j = 0; j < classes; j++) {
        for (size_t l = 0; l < CROSS_ROWS; l++) {
            e[j][l] = K(fexp)(e[j][l] - largest[l]);
            sum[l] += e[j][l];
        }
    }
    size_t correct = 0;
    for (size_t l = 0; l < rows; l++) {
        int isClass = labels[l] >= 0 && (size_t)labels[l] < classes;
        // The data's own check refuses what is no class; here it only must not reach foreign memory.
        losses[l] = isClass ? logf(sum[l]) + largest[l] - logits[l * classes + (size_t)labels[l]]
                            : gradient && labels[l] == CK_UNLABELLED ? 0 : NAN;
        correct += isClass && best[l] == labels[l];
    }
    if (!gradient) return correct;
    for (size_t l = 0; l < CROSS_ROWS; l++) sum[l] = scale / sum[l];
    for (size_t j = 0; j < classes; j++)
        for (size_t l = 0; l < CROSS_ROWS; l++) e[j][l] *= sum[l];
    for (size_t l = 0; l < rows; l++) {
        int isClass = labels[l] >= 0 && (size_t)labels[l] < classes;
        for (size_t j = 0; j < classes; j++)
            gradient[l * classes + j] = isClass ? e[j][l] : labels[l] == CK_UNLABELLED ? 0 : NAN;
        if (isClass) gradient[l * classes + (size_t)labels[l]] -= scale;
    }
    return correct;
}

/// What it writes lies elsewhere than what it reads: were that looked at as it runs, bits would depend on how near it is.
static size_t K(cross_entropy)(const float *restrict logits, const int32_t *labels, size_t rows, size_t classes,
                               float scale, float smoothing, const float *weights, float *restrict losses,
                               float *restrict gradient) {
    size_t correct = 0;
    if (!weights && classes < CROSS_ROWS) {
        for (size_t i = 0; i < rows; i += CROSS_ROWS)
            correct += K(cross_entropy_rows)(logits + i * classes, labels + i,
                                             rows - i < CROSS_ROWS ? rows - i : CROSS_ROWS, classes, scale, losses + i,
                                             gradient ? gradient + i * classes : gradient);
        return correct;
    }
    float spread = smoothing / (float)classes, total = 0;
    if (weights)
        for (size_t j = 0; j < classes; j++) total += weights[j];
    for (size_t i = 0; i < rows; i++, logits += classes) {
        size_t label = (size_t)labels[i], best = 0;
        float largest = logits[0];
        for (size_t j = 1; j < classes; j++) {
            if (logits[j] > largest) {
                largest = logits[j];
                best = j;
            }
        }
        if (gradient && labels[i] == CK_UNLABELLED) {
            losses[i] = 0;
            for (size_t j = 0; j < classes; j++) gradient[j] = 0;
            gradient += classes;
            continue;
        }
        if (label >= classes) {  // the data's own check refuses it; here it only must not reach foreign memory
            losses[i] = NAN;
            if (gradient) {
                for (size_t j = 0; j < classes; j++) gradient[j] = NAN;
                gradient += classes;
            }
            continue;
        }
        correct += best == label;
        float sum = 0;
        if (gradient && weights) {
            float cross = 0;
            for (size_t j = 0; j < classes; j++) {
                float shifted = logits[j] - largest, e = K(fexp)(shifted);
                gradient[j] = e;
                sum += e;
                cross += weights[j] * shifted;
            }
            float peak = (1 - smoothing) * weights[label], mass = peak + spread * total;
            float factor = scale * mass / sum;
            for (size_t j = 0; j < classes; j++) gradient[j] = gradient[j] * factor - scale * spread * weights[j];
            gradient[label] -= scale * peak;
            gradient += classes;
            losses[i] = mass * logf(sum) - peak * (logits[label] - largest) - spread * cross;
            continue;
        }
        if (gradient) {
            for (size_t j = 0; j < classes; j++) {
                float e = K(fexp)(logits[j] - largest);
                gradient[j] = e;
                sum += e;
            }
            float factor = scale / sum;
            for (size_t j = 0; j < classes; j++) gradient[j] *= factor;
            gradient[label] -= scale;
            gradient += classes;
        } else {
            for (size_t j = 0; j < classes; j++) sum += K(fexp)(logits[j] - largest);
        }
        losses[i] = logf(sum) + largest - logits[label];
    }
    return correct;
}
#undef CROSS_ROWS

static void K(soften)(float *y, const float *x, size_t rows, size_t cols, float temperature, float share, int add) {
    float inverse = 1 / temperature;
    for (size_t i = 0; i < rows; i++, x += cols, y += cols) {
        float largest = x[0], sum = 0;
        for (size_t j = 1; j < cols; j++) largest = x[j] > largest ? x[j] : largest;
        for (size_t j = 0; j < cols; j++) sum += K(fexp)((x[j] - largest) * inverse);
        float part = share / sum;
        if (add)
            for (size_t j = 0; j < cols; j++) y[j] += part * K(fexp)((x[j] - largest) * inverse);
        else
            for (size_t j = 0; j < cols; j++) y[j] = part * K(fexp)((x[j] - largest) * inverse);
    }
}

/// log(1 + e) for e in -1/2 ... 1 by the series of 2 artanh(e / (2 + e)); relative error below 2e-7.
INL float K(log1p_unit)(float e) {
    float t = e / (2 + e), z = t * t;
    float p = 1.0f / 15;
    p = p * z + 1.0f / 13;
    p = p * z + 1.0f / 11;
    p = p * z + 1.0f / 9;
    p = p * z + 1.0f / 7;
    p = p * z + 1.0f / 5;
    p = p * z + 1.0f / 3;
    p = p * z + 1;
    return 2 * t * p;
}

/// log x of normal x above 0 by Cephes' polynomial, relative error below 2e-7.
INL float K(flog)(float x) {
    union {
        float f;
        int32_t i;
    } bits = {x};
    int32_t exponent = (bits.i >> 23) - 126;
    bits.i = (bits.i & 0x007fffff) | 0x3f000000;
    float m = bits.f, small = m < 0.70710678118654752f ? 1 : 0;
    float e = (float)exponent - small, t = m + small * m - 1, z = t * t;
    float p = 7.0376836292E-2f;
    p = p * t - 1.1514610310E-1f;
    p = p * t + 1.1676998740E-1f;
    p = p * t - 1.2420140846E-1f;
    p = p * t + 1.4249322787E-1f;
    p = p * t - 1.6668057665E-1f;
    p = p * t + 2.0000714765E-1f;
    p = p * t - 2.4999993993E-1f;
    p = p * t + 3.3333331174E-1f;
    float y = p * t * z - 2.12194440e-4f * e - 0.5f * z;
    return t + y + 0.693359375f * e;
}

/// The loss is T^2 times the sum of q f(p / q) for f(r) = r log r - r + 1, which is the divergence where both add up to 1:
/// f and its slope are 0 at r = 1, so that rounding of p and q does not reach a small divergence, nor does T^2 blow it up.
static void K(soft_targets)(const float *logits, const float *soft, const int32_t *labels, size_t rows, size_t classes,
                            float scale, float hard, float temperature, const float *weights, float *losses,
                            float *gradient) {
    float inverse = 1 / temperature;
    for (size_t i = 0; i < rows; i++, logits += classes, soft += classes, gradient += classes) {
        size_t label = (size_t)labels[i];
        float own = labels[i] == CK_UNLABELLED ? 0 : hard, share = 1 - own;
        // A label that is none has made the loss and the gradient NaN already.
        float weight = weights ? label < classes ? weights[label] : NAN : 1;
        float largest = logits[0], sum = 0, divergence = 0;
        for (size_t j = 1; j < classes; j++) largest = logits[j] > largest ? logits[j] : largest;
        for (size_t j = 0; j < classes; j++) sum += K(fexp)((logits[j] - largest) * inverse);
        float part = 1 / sum, total = logf(sum), factor = scale * share * temperature * weight;
        for (size_t j = 0; j < classes; j++) {
            float shifted = (logits[j] - largest) * inverse, q = K(fexp)(shifted) * part, p = soft[j];
            float apart = (p - q) / q;
            // log(p / q): by the ratio where the two are near each other, else by the difference of their logarithms.
            float near = K(log1p_unit)(apart), far = K(flog)(p) - (shifted - total);
            float ratio = __builtin_fabsf(apart) < 0.5f ? near : far;
            divergence += (p > 0 ? p * ratio : p < 0 ? NAN : p) - (p - q);
            gradient[j] += factor * (q - p);
        }
        losses[i] = own * losses[i] + share * temperature * temperature * weight * divergence;
    }
}

static size_t K(binary_cross_entropy)(const float *logits, const float *targets, const int32_t *labels, size_t rows,
                                      size_t cols, float scale, const float *weights, float *losses,
                                      float *gradient) {
    float share = 1 / (float)cols, factor = scale * share, label = 0;
    size_t correct = 0;
    for (size_t i = 0; i < rows; i++, logits += cols) {
        const float *target = targets + i * cols;
        if (labels) {  // the data's own check refuses others
            label = labels[i] == 0 || labels[i] == 1 ? (float)labels[i] : NAN;
            target = &label;
        }
        float sum = 0;
        uint32_t right = 0;
        for (size_t j = 0; j < cols; j++) {
            float x = logits[j], y = target[j], positive = weights ? weights[j] * y : y;
            float l = K(log1p_unit)(K(fexp)(-__builtin_fabsf(x)));
            sum += (1 - y) * (l + (x < 0 ? 0 : x)) + positive * (l + (x > 0 ? 0 : -x));
            right += (x > 0) == (y > 0.5f);
        }
        losses[i] = sum * share;
        correct += right;
        if (!gradient) continue;
        for (size_t j = 0; j < cols; j++) {
            float x = logits[j], y = target[j], positive = weights ? weights[j] * y : y;
            float e = K(fexp)(-__builtin_fabsf(x)), large = 1 / (1 + e), small = e * large;
            gradient[j] = factor * ((1 - y) * (x < 0 ? small : large) - positive * (x < 0 ? large : small));
        }
        gradient += cols;
    }
    return correct;
}

static void K(squared_error)(const float *y, const float *target, size_t rows, size_t cols, float scale, float *losses,
                             float *absolutes, float *gradient) {
    float share = 1 / (float)cols, factor = 2 * scale * share;
    for (size_t i = 0; i < rows; i++, y += cols, target += cols) {
        float squares = 0, distance = 0;
        for (size_t j = 0; j < cols; j++) {
            float e = y[j] - target[j];
            squares += e * e;
            distance += __builtin_fabsf(e);
        }
        losses[i] = squares * share;
        absolutes[i] = distance * share;
        if (gradient) {
            for (size_t j = 0; j < cols; j++) gradient[j] = (y[j] - target[j]) * factor;
            gradient += cols;
        }
    }
}

static void K(robust_error)(const float *y, const float *target, size_t rows, size_t cols, float scale, float delta,
                            float *losses, float *absolutes, float *gradient) {
    float share = 1 / (float)cols, factor = scale * share;
    for (size_t i = 0; i < rows; i++, y += cols, target += cols) {
        float sum = 0, distance = 0;
        for (size_t j = 0; j < cols; j++) {
            float e = y[j] - target[j], a = __builtin_fabsf(e);
            float huber = a <= delta ? 0.5f * e * e : delta * (a - 0.5f * delta);
            sum += delta > 0 ? huber : a;
            distance += a;
        }
        losses[i] = sum * share;
        absolutes[i] = distance * share;
        if (!gradient) continue;
        float slope = delta > 0 ? delta : 1;
        for (size_t j = 0; j < cols; j++) {
            float e = y[j] - target[j], side = e > 0 ? slope : e < 0 ? -slope : 0;
            gradient[j] = factor * (__builtin_fabsf(e) <= delta ? e : side);
        }
        gradient += cols;
    }
}
