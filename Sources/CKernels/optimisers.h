// One step over one chunk of the flat buffers, in PyTorch's order of operations.

static void K(adam)(float *p, const float *g, float *m, float *v, size_t n, const ck_adam *s) {
    float scale = s->gradient_scale, decay = s->decay, keep = s->keep, beta1 = s->beta1, beta2 = s->beta2;
    float epsilon = s->epsilon, step = s->step_size, share1 = 1 - beta1, share2 = 1 - beta2;
    float correction = 1 / s->root_correction;
    for (size_t i = 0; i < n; i++) {
        float weight = p[i] * keep, gradient = g[i] * scale + weight * decay;
        float first = m[i] + (gradient - m[i]) * share1, second = v[i] * beta2 + gradient * gradient * share2;
        m[i] = first;
        v[i] = second;
        p[i] = weight - step * first / (__builtin_elementwise_sqrt(second) * correction + epsilon);
    }
}

static void K(sgd)(float *p, const float *g, float *m, size_t n, const ck_sgd *s) {
    float scale = s->gradient_scale, decay = s->decay, momentum = s->momentum, rate = s->rate;
    if (!m) {
        for (size_t i = 0; i < n; i++) p[i] -= rate * (g[i] * scale + p[i] * decay);
    } else if (s->nesterov) {
        for (size_t i = 0; i < n; i++) {
            float gradient = g[i] * scale + p[i] * decay, velocity = m[i] * momentum + gradient;
            m[i] = velocity;
            p[i] -= rate * (gradient + momentum * velocity);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            float velocity = m[i] * momentum + (g[i] * scale + p[i] * decay);
            m[i] = velocity;
            p[i] -= rate * velocity;
        }
    }
}
