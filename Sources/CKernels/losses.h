// Softmax with cross-entropy in one pass over each row, and squared errors.

static size_t K(cross_entropy)(const float *logits, const int32_t *labels, size_t rows, size_t classes, float scale,
                               float *losses, float *gradient) {
    size_t correct = 0;
    for (size_t i = 0; i < rows; i++, logits += classes) {
        size_t label = (size_t)labels[i], best = 0;
        float largest = logits[0];
        for (size_t j = 1; j < classes; j++) {
            if (logits[j] > largest) {
                largest = logits[j];
                best = j;
            }
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
