// Layer, group and root-mean-square normalisation of one example. Sums in double: a mean far from zero cancels.

static void K(normalize)(const ck_norm *s, const float *x, const float *weight, const float *bias, float *y,
                         float *statistics) {
    size_t width = s->channels / s->groups;
    double share = 1 / ((double)s->rows * (double)width);
    for (size_t group = 0; group < s->groups; group++) {
        size_t first = group * width;
        double sum = 0, squares = 0;
        if (s->centred)
            for (size_t row = 0; row < s->rows; row++) {
                const float *from = x + row * s->channels + first;
                for (size_t i = 0; i < width; i++) sum += (double)from[i];
            }
        double mean = sum * share;
        for (size_t row = 0; row < s->rows; row++) {
            const float *from = x + row * s->channels + first;
            for (size_t i = 0; i < width; i++) {
                double distance = (double)from[i] - mean;
                squares += distance * distance;
            }
        }
        float centre = (float)mean, inverse = (float)(1 / __builtin_sqrt(squares * share + (double)s->epsilon));
        statistics[2 * group] = centre;
        statistics[2 * group + 1] = inverse;
        for (size_t row = 0; row < s->rows; row++) {
            const float *from = x + row * s->channels + first, *factor = weight + first;
            float *to = y + row * s->channels + first;
            if (bias)
                for (size_t i = 0; i < width; i++)
                    to[i] = (from[i] - centre) * inverse * factor[i] + bias[first + i];
            else
                for (size_t i = 0; i < width; i++) to[i] = (from[i] - centre) * inverse * factor[i];
        }
    }
}

static void K(normalize_back)(const ck_norm *s, const float *x, const float *statistics, const float *weight,
                              const float *dy, float *dx, float *dweight, float *dbias) {
    size_t width = s->channels / s->groups;
    double share = 1 / ((double)s->rows * (double)width);
    for (size_t group = 0; group < s->groups; group++) {
        size_t first = group * width;
        float centre = statistics[2 * group], inverse = statistics[2 * group + 1];
        double sum = 0, dot = 0;
        for (size_t row = 0; row < s->rows; row++) {
            const float *from = x + row * s->channels + first, *gradient = dy + row * s->channels + first;
            const float *factor = weight + first;
            float *slope = dweight + first;
            for (size_t i = 0; i < width; i++) {
                float normal = (from[i] - centre) * inverse, inner = gradient[i] * factor[i];
                slope[i] += gradient[i] * normal;
                sum += (double)inner;
                dot += (double)inner * (double)normal;
            }
            if (dbias)
                for (size_t i = 0; i < width; i++) dbias[first + i] += gradient[i];
        }
        if (!dx) continue;
        float mean = s->centred ? (float)(sum * share) : 0, slant = (float)(dot * share);
        for (size_t row = 0; row < s->rows; row++) {
            const float *from = x + row * s->channels + first, *gradient = dy + row * s->channels + first;
            const float *factor = weight + first;
            float *to = dx + row * s->channels + first;
            for (size_t i = 0; i < width; i++) {
                float normal = (from[i] - centre) * inverse;
                to[i] = inverse * (gradient[i] * factor[i] - mean - normal * slant);
            }
        }
    }
}
