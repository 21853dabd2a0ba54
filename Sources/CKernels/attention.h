// Causal attention of one head: rows of scores become weights and back. Row r of a block sees the first `first + r + 1`
// keys of `width`; what lies behind is written as zero, so that whole blocks can be multiplied.

/// p = exp((p - largest) * scale) / sum over what the row sees.
INL void K(weigh)(float *p, size_t seen, size_t width, float scale, float largest, float inverse) {
    for (size_t j = 0; j < seen; j++) p[j] = K(fexp)((p[j] - largest) * scale) * inverse;
    for (size_t j = seen; j < width; j++) p[j] = 0;
}

static void K(attend)(float *p, size_t width, size_t rows, size_t first, float scale, float *statistics) {
    for (size_t r = 0; r < rows; r++, p += width, statistics += 2) {
        size_t seen = first + r + 1, j = 0;
        float lanes[LANES], largest = p[0];
        if (seen >= LANES) {
            K(vec) most = *(const K(vec) *)p;
            for (j = LANES; j + LANES <= seen; j += LANES) {
                K(vec) value = *(const K(vec) *)(p + j);
                K(ivec) larger = (K(ivec))(value > most);
                most = (K(vec))(((K(ivec))value & larger) | ((K(ivec))most & ~larger));
            }
            *(K(vec) *)lanes = most;
            for (int l = 0; l < LANES; l++) largest = lanes[l] > largest ? lanes[l] : largest;
        }
        for (; j < seen; j++) largest = p[j] > largest ? p[j] : largest;
        float sum = 0;
        for (j = 0; j < seen; j++) {
            float e = K(fexp)((p[j] - largest) * scale);
            p[j] = e;
            sum += e;
        }
        float inverse = 1 / sum;
        for (j = 0; j < seen; j++) p[j] *= inverse;
        for (j = seen; j < width; j++) p[j] = 0;
        statistics[0] = largest;
        statistics[1] = inverse;
    }
}

static void K(attend_again)(float *p, size_t width, size_t rows, size_t first, float scale, const float *statistics) {
    for (size_t r = 0; r < rows; r++, p += width, statistics += 2)
        K(weigh)(p, first + r + 1, width, scale, statistics[0], statistics[1]);
}

static void K(attend_back)(float *dp, const float *p, size_t width, size_t rows, float scale) {
    for (size_t r = 0; r < rows; r++, p += width, dp += width) {
        float dot = 0;
        for (size_t j = 0; j < width; j++) dot += dp[j] * p[j];
        for (size_t j = 0; j < width; j++) dp[j] = p[j] * (dp[j] - dot) * scale;
    }
}
