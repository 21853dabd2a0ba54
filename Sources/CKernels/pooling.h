// Max pooling over images [height][width][channels], sixteen channels at a time.

static void K(pool)(const ck_pool *s, const float *x, float *y, uint8_t *arg, int act) {
    size_t channels = s->channels, row = s->width * channels;
    for (size_t oy = 0; oy < s->out_height; oy++) {
        for (size_t ox = 0; ox < s->out_width; ox++, y += channels, arg += channels) {
            const float *corner = x + oy * s->stride * row + ox * s->stride * channels;
            for (size_t c = 0; c < channels; c += 16) {
                size_t n = channels - c < 16 ? channels - c : 16;
                float best[16] = {0};
                int32_t place[16] = {0};
                for (size_t i = 0; i < n; i++) best[i] = corner[c + i];
                for (size_t ky = 0; ky < s->size; ky++) {
                    for (size_t kx = 0; kx < s->size; kx++) {
                        const float *from = corner + ky * row + kx * channels + c;
                        float value[16] = {0};
                        if (n == 16)
                            memcpy(value, from, sizeof value);
                        else
                            for (size_t i = 0; i < n; i++) value[i] = from[i];
                        int32_t here = (int32_t)(ky * s->size + kx);
                        for (int i = 0; i < 16; i++) {
                            int wins = (value[i] > best[i]) | (value[i] != value[i]);  // NaN wins and stays, as in PyTorch
                            place[i] = wins ? here : place[i];
                            best[i] = wins ? value[i] : best[i];
                        }
                    }
                }
                for (size_t i = 0; i < n; i++) {
                    y[c + i] = act == CK_RELU && best[i] < 0 ? 0 : best[i];
                    arg[c + i] = (uint8_t)place[i];
                }
            }
        }
    }
}

static void K(pool_back)(const ck_pool *s, const float *dy, const float *y, const uint8_t *arg, float *dx, int act) {
    size_t channels = s->channels, row = s->width * channels;
    // Windows that touch without gaps or overlaps write every number once; else the winners add to zeros.
    int tiles = s->size == s->stride && s->out_height * s->size == s->height && s->out_width * s->size == s->width;
    if (!tiles) memset(dx, 0, s->height * row * sizeof(float));
    for (size_t oy = 0; oy < s->out_height; oy++) {
        for (size_t ox = 0; ox < s->out_width; ox++, y += channels, dy += channels, arg += channels) {
            float *corner = dx + oy * s->stride * row + ox * s->stride * channels;
            for (size_t ky = 0; ky < s->size; ky++) {
                for (size_t kx = 0; kx < s->size; kx++) {
                    float *to = corner + ky * row + kx * channels;
                    uint8_t here = (uint8_t)(ky * s->size + kx);
                    if (tiles) {
                        if (act == CK_RELU)
                            for (size_t c = 0; c < channels; c++) to[c] = arg[c] == here && y[c] > 0 ? dy[c] : 0;
                        else
                            for (size_t c = 0; c < channels; c++) to[c] = arg[c] == here ? dy[c] : 0;
                    } else {
                        for (size_t c = 0; c < channels; c++)
                            to[c] += arg[c] == here && (act != CK_RELU || y[c] > 0) ? dy[c] : 0;
                    }
                }
            }
        }
    }
}
