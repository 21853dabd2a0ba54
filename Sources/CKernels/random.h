// Philox4x32-10 (Salmon et al. 2011) in bulk: sixteen blocks side by side.

/// Ten rounds over sixteen counters (c0, c1, c2, c3), one a lane.
INL void K(philox)(uint32_t c0[16], uint32_t c1[16], uint32_t c2[16], uint32_t c3[16], uint64_t seed) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        for (int l = 0; l < 16; l++) {
            uint64_t p0 = (uint64_t)c0[l] * 0xD2511F53u, p1 = (uint64_t)c2[l] * 0xCD9E8D57u;
            c0[l] = (uint32_t)(p1 >> 32) ^ c1[l] ^ k0;
            c1[l] = (uint32_t)p1;
            c2[l] = (uint32_t)(p0 >> 32) ^ c3[l] ^ k1;
            c3[l] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/// The fourth word of a counter: what the numbers are for, and the high bits of the step.
#define PHILOX_PURPOSE(purpose, step) ((purpose) << 24 | ((uint32_t)((step) >> 32) & 0xffffff))

/// A row's masks come in groups of 128 units: group g takes blocks 16 g ... 16 g + 15, one a lane; unit 16 h + l of the
/// group takes half h (low half of word 0, high half of word 0, low half of word 1, ...) of lane l.
static void K(drop_mask)(uint8_t *mask, size_t ld, size_t rows, size_t units, uint32_t position, uint32_t layer,
                         uint64_t step, uint64_t seed, uint32_t purpose, uint32_t threshold) {
    for (size_t r = 0; r < rows; r++, mask += ld, position++) {
        for (size_t first = 0; first < units; first += 128) {
            uint32_t c0[16], c1[16], c2[16], c3[16];
            for (uint32_t l = 0; l < 16; l++) {
                c0[l] = position << 28 | ((uint32_t)(first / 8) + l);
                c1[l] = layer << 16 | position >> 4;
                c2[l] = (uint32_t)step;
                c3[l] = PHILOX_PURPOSE(purpose, step);
            }
            K(philox)(c0, c1, c2, c3, seed);
            uint8_t group[128];
            for (int l = 0; l < 16; l++) {
                group[l] = (c0[l] & 0xffff) >= threshold;
                group[16 + l] = (c0[l] >> 16) >= threshold;
                group[32 + l] = (c1[l] & 0xffff) >= threshold;
                group[48 + l] = (c1[l] >> 16) >= threshold;
                group[64 + l] = (c2[l] & 0xffff) >= threshold;
                group[80 + l] = (c2[l] >> 16) >= threshold;
                group[96 + l] = (c3[l] & 0xffff) >= threshold;
                group[112 + l] = (c3[l] >> 16) >= threshold;
            }
            memcpy(mask + first, group, units - first < 128 ? units - first : 128);
        }
    }
}

static void K(random_blocks)(uint32_t *words, size_t blocks, uint64_t index, uint64_t step, uint64_t seed,
                             uint32_t purpose) {
    for (size_t first = 0; first < blocks; first += 16, words += 64) {
        uint32_t c0[16], c1[16], c2[16], c3[16];
        for (uint32_t l = 0; l < 16; l++) {
            c0[l] = (uint32_t)(index + first + l);
            c1[l] = (uint32_t)((index + first + l) >> 32);
            c2[l] = (uint32_t)step;
            c3[l] = PHILOX_PURPOSE(purpose, step);
        }
        K(philox)(c0, c1, c2, c3, seed);
        size_t count = blocks - first < 16 ? blocks - first : 16;
        for (size_t l = 0; l < count; l++) {
            words[4 * l] = c0[l];
            words[4 * l + 1] = c1[l];
            words[4 * l + 2] = c2[l];
            words[4 * l + 3] = c3[l];
        }
    }
}
#undef PHILOX_PURPOSE
