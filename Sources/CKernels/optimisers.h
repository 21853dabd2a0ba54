// One step over one chunk of the flat buffers, in PyTorch's order of operations.

/// Clipping by norm, then by value.
INL float K(clipped)(float gradient, float scale, float limit) {
    float scaled = gradient * scale;
    return scaled > limit ? limit : scaled < -limit ? -limit : scaled;
}

static void K(adam)(float *p, const float *g, float *m, float *v, size_t n, const ck_adam *s) {
    float scale = s->gradient_scale, limit = s->limit, decay = s->decay, keep = s->keep, beta2 = s->beta2;
    float epsilon = s->epsilon, step = s->step_size, share1 = s->share1, share2 = s->share2;
    float correction = 1 / s->root_correction;
    for (size_t i = 0; i < n; i++) {
        float weight = p[i] * keep, gradient = K(clipped)(g[i], scale, limit) + weight * decay;
        float first = m[i] + (gradient - m[i]) * share1, second = v[i] * beta2 + gradient * gradient * share2;
        m[i] = first;
        v[i] = second;
        p[i] = weight - step * first / (__builtin_elementwise_sqrt(second) * correction + epsilon);
    }
}

static void K(schedule_free)(float *x, const float *y, const float *g, float *z, float *v, size_t n,
                             const ck_schedule_free *s) {
    float scale = s->gradient_scale, limit = s->limit, decay = s->decay, beta2 = s->beta2, epsilon = s->epsilon;
    float rate = s->rate, share = s->share, share2 = s->new2, correction = 1 / s->root_correction;
    for (size_t i = 0; i < n; i++) {
        float gradient = K(clipped)(g[i], scale, limit), second = v[i] * beta2 + gradient * gradient * share2;
        float step = gradient / (__builtin_elementwise_sqrt(second) * correction + epsilon) + y[i] * decay;
        float to = z[i] - rate * step;
        v[i] = second;
        z[i] = to;
        x[i] += (to - x[i]) * share;
    }
}

static void K(sgd)(float *p, const float *g, float *m, size_t n, const ck_sgd *s) {
    float scale = s->gradient_scale, limit = s->limit, decay = s->decay, momentum = s->momentum, rate = s->rate;
    if (!m) {
        for (size_t i = 0; i < n; i++) p[i] -= rate * (K(clipped)(g[i], scale, limit) + p[i] * decay);
    } else if (s->nesterov) {
        for (size_t i = 0; i < n; i++) {
            float gradient = K(clipped)(g[i], scale, limit) + p[i] * decay, velocity = m[i] * momentum + gradient;
            m[i] = velocity;
            p[i] -= rate * (gradient + momentum * velocity);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            float velocity = m[i] * momentum + (K(clipped)(g[i], scale, limit) + p[i] * decay);
            m[i] = velocity;
            p[i] -= rate * velocity;
        }
    }
}

static void K(rms)(float *p, const float *g, float *v, float *m, size_t n, const ck_rms *s) {
    float scale = s->gradient_scale, limit = s->limit, decay = s->decay, keep = s->keep, share = s->share;
    float epsilon = s->epsilon, momentum = s->momentum, rate = s->rate;
    for (size_t i = 0; i < n; i++) {
        float gradient = K(clipped)(g[i], scale, limit) + p[i] * decay;
        float second = v[i] * keep + gradient * gradient * share;
        float step = gradient / (__builtin_elementwise_sqrt(second) + epsilon);
        v[i] = second;
        if (m) {
            step += m[i] * momentum;
            m[i] = step;
        }
        p[i] -= rate * step;
    }
}
