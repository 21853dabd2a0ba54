// Sums. Each is over one fixed part, from the shape alone; the caller adds parts in order.

static void K(column_sums)(const float *x, size_t ld, size_t rows, size_t cols, float *out, int add) {
    for (size_t j = 0; j < cols; j += 64) {
        size_t n = cols - j < 64 ? cols - j : 64;
        float sum[64] = {0};
        const float *from = x + j;
        if (n == 64) {
            for (size_t i = 0; i < rows; i++, from += ld)
                for (size_t k = 0; k < 64; k++) sum[k] += from[k];
        } else {
            for (size_t i = 0; i < rows; i++, from += ld)
                for (size_t k = 0; k < n; k++) sum[k] += from[k];
        }
        for (size_t k = 0; k < n; k++) out[j + k] = add ? out[j + k] + sum[k] : sum[k];
    }
}

static double K(sum_of_squares)(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

static void K(accumulate)(float *sum, const float *g, size_t n, float weight, int begins) {
    if (begins)
        for (size_t i = 0; i < n; i++) sum[i] = g[i] * weight;
    else
        for (size_t i = 0; i < n; i++) sum[i] += g[i] * weight;
}

static double K(finish_sum)(float *g, const float *sum, size_t n, float weight, float scale) {
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        float value = (sum[i] + g[i] * weight) * scale;
        g[i] = value;
        squares += (double)value * (double)value;
    }
    return squares;
}

static void K(moments)(const float *x, size_t rows, size_t cols, double *sum, double *squares) {
    for (size_t j = 0; j < cols; j += 16) {
        size_t n = cols - j < 16 ? cols - j : 16;
        double s[16] = {0}, q[16] = {0};
        const float *from = x + j;
        if (n == 16) {
            for (size_t i = 0; i < rows; i++, from += cols)
                for (size_t k = 0; k < 16; k++) {
                    double value = (double)from[k];
                    s[k] += value;
                    q[k] += value * value;
                }
        } else {
            for (size_t i = 0; i < rows; i++, from += cols)
                for (size_t k = 0; k < n; k++) {
                    double value = (double)from[k];
                    s[k] += value;
                    q[k] += value * value;
                }
        }
        for (size_t k = 0; k < n; k++) {
            sum[j + k] = s[k];
            squares[j + k] = q[k];
        }
    }
}

static void K(norm_sums)(const float *dy, const float *x, const float *mean, size_t rows, size_t cols, double *sum,
                         double *dot) {
    for (size_t j = 0; j < cols; j += 16) {
        size_t n = cols - j < 16 ? cols - j : 16;
        double s[16] = {0}, d[16] = {0};
        const float *from = x + j, *gradient = dy + j;
        if (n == 16) {
            double centre[16];
            for (size_t k = 0; k < 16; k++) centre[k] = (double)mean[j + k];
            for (size_t i = 0; i < rows; i++, from += cols, gradient += cols)
                for (size_t k = 0; k < 16; k++) {
                    s[k] += (double)gradient[k];
                    d[k] += (double)gradient[k] * ((double)from[k] - centre[k]);
                }
        } else {
            for (size_t i = 0; i < rows; i++, from += cols, gradient += cols)
                for (size_t k = 0; k < n; k++) {
                    s[k] += (double)gradient[k];
                    d[k] += (double)gradient[k] * ((double)from[k] - (double)mean[j + k]);
                }
        }
        for (size_t k = 0; k < n; k++) {
            sum[j + k] = s[k];
            dot[j + k] = d[k];
        }
    }
}
