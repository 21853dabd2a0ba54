// Vector kernels for three CPU levels behind one table of function pointers. Rows are contiguous unless a leading
// dimension ("ld", floats between rows) is given; images are [height][width][channels].
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Tells the processor that this thread waits for another.
static inline void ck_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/// From here on numbers below 2^-126 count as zero on this thread, as operands and as results, where the processor can.
/// Returns what `ck_restore_subnormals` takes.
static inline unsigned ck_flush_subnormals(void) {
#if defined(__x86_64__)
    enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x40 };
    unsigned mode = __builtin_ia32_stmxcsr(), flushing = mode | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO;
    if (flushing != mode) __builtin_ia32_ldmxcsr(flushing);
    return mode;
#else
    return 0;
#endif
}

static inline void ck_restore_subnormals(unsigned mode) {
#if defined(__x86_64__)
    if (mode != __builtin_ia32_stmxcsr()) __builtin_ia32_ldmxcsr(mode);
#else
    (void)mode;
#endif
}

/// Shape of a convolution over one image whose padding is stored: valid, square kernel.
typedef struct ck_conv {
    size_t height, width, channels;  // of the (padded) input
    size_t kernel, stride;
    size_t out_height, out_width, out_channels;
} ck_conv;

/// A product c [rows, columns] = (or +=, where add) the sum over terms of a (row, term) b (term, column). Floats from one
/// row, column or term to the next; of a's and of b's two one is 1 each. Where b is packed it has panels in place of these:
/// all terms of some columns, which begin at a multiple of 32 in the packed matrix and end at another or at its end.
typedef struct ck_product {
    size_t rows, columns, terms;
    size_t a_row, a_step, b_column, b_step, c_row;
    int add, packed;
} ck_product;

/// Floats of memory that a product needs for itself: those of bfloat16 need most.
enum { CK_PRODUCT_SCRATCH = 320 * 384 + 32 * 336 };

/// Shape of a max pooling over one image, without padding.
typedef struct ck_pool {
    size_t height, width, channels, size, stride, out_height, out_width;
} ck_pool;

/// Normalisation of one example [rows][channels]: each group of neighbouring channels by its own mean (0 where not
/// centred) and deviation over all rows.
typedef struct ck_norm {
    size_t rows, channels, groups;
    float epsilon;
    int centred;
} ck_norm;

/// One Adam step's scalars; PyTorch's torch.optim.Adam and AdamW in the same order of operations.
typedef struct ck_adam {
    float gradient_scale;  // clipping by norm
    float limit;           // then by value; infinity for none
    float decay;           // added to the gradient (Adam) ...
    float keep;            // ... or the weight's factor before the step (AdamW): 1 - rate * decay
    float beta2, share1, share2;  // the shares are 1 - beta, which single precision would round too far
    float epsilon;
    float step_size;        // rate / (1 - beta1^t)
    float root_correction;  // sqrt(1 - beta2^t)
} ck_adam;

/// One SGD step's scalars.
typedef struct ck_sgd {
    float gradient_scale, limit, decay, momentum, rate;
    int nesterov;
} ck_sgd;

/// One step's scalars of RMSprop (keep = alpha, share = 1 - alpha) or Adagrad (keep = share = 1).
typedef struct ck_rms {
    float gradient_scale, limit, decay, keep, share, epsilon, momentum, rate;
} ck_rms;

/// One step's scalars of schedule-free AdamW: new2 is 1 - beta2 (rounded once: beside 0.999 it matters), share the new
/// z's part of the average x.
typedef struct ck_schedule_free {
    float gradient_scale, limit, decay, beta2, new2, epsilon, root_correction, rate, share;
} ck_schedule_free;

/// The label of a row whose soft targets are all there is to learn.
enum { CK_UNLABELLED = INT32_MIN };

/// What a tile's values pass through after a product: act 0 none, 1 relu, 2 tanh.
enum { CK_NONE = 0, CK_RELU = 1, CK_TANH = 2 };

/// Functions of `curve`, whose gradient needs the argument.
enum { CK_LEAKY_RELU = 3, CK_GELU = 4, CK_SILU = 5, CK_SIGMOID = 6 };

typedef struct ck_table {
    const char *name;
    size_t lanes;  // floats of a vector; a panel of packed convolution weights is 2 * lanes wide, the last may be lanes

    // y = act(conv(x) + bias); w as packed by ck_conv_pack.
    void (*conv)(const ck_conv *s, const float *x, const float *w, const float *_Nullable bias, float *y, int act);
    // The gradient of the input [out_height][out_width][out_channels], which had `padding` zeros above and to the left: dy
    // [height][width][channels] has zeros around it, ceil(kernel / stride) - 1 - padding / stride above and to the left, and
    // as many rows and columns as the last pixel of the input reaches; w as packed by ck_conv_pack_turned.
    void (*conv_back)(const ck_conv *s, size_t padding, const float *dy, const float *w, float *dx);
    // dw += x correlated with dy, in the packed layout; dy has ld floats a pixel, ck_conv_padded(out_channels) or more
    // of them readable.
    void (*conv_weights)(const ck_conv *s, const float *x, const float *dy, size_t ld, float *dw);

    // y = act(conv(x) + bias) for kernels of 3 at stride 1, even sizes and channels a multiple of the lanes; u as packed by
    // winograd_pack, 16 * in * out floats, or for the gradient of the input turned by winograd_turn.
    void (*winograd)(const ck_conv *s, const float *x, const float *u, const float *_Nullable bias, float *y, int act,
                     float *scratch);
    size_t (*winograd_scratch)(const ck_conv *s);  // floats, also for winograd_weights
    // Both for the input channels first ..< last, multiples of the lanes.
    void (*winograd_pack)(size_t in, size_t out, size_t first, size_t last, const float *w, float *u);
    void (*winograd_turn)(size_t in, size_t out, size_t first, size_t last, const float *u, float *turned);
    // sums += what each of the 16 places gives to the weight's gradient, [16][in][out]. Of the sums over all images
    // winograd_unpack makes the gradient [3][3][in][out], for the input channels first ..< last.
    void (*winograd_weights)(const ck_conv *s, const float *x, const float *dy, float *sums, float *scratch);
    void (*winograd_unpack)(size_t in, size_t out, size_t first, size_t last, const float *sums, float *dw);
    // An element's bits are the same whatever part of a larger product it is computed in; c_row is the larger one's. It is
    // one sum in the order of its terms, but where rows of c are up to four floats apart: then a sum for each place of a vector.
    void (*product)(const ck_product *s, const float *a, const float *b, float *c, float *scratch);
    // The right matrix of `s` (terms, columns, b_column, b_step) to panels [panel][terms][2 * lanes], the last of one vector
    // where that suffices; what missing columns hold is nobody's.
    void (*pack)(const ck_product *s, const float *b, float *packed);
    // A convolution of each channel by itself: w is [kernel * kernel][channels], and dw += likewise.
    void (*depthwise)(const ck_conv *s, const float *x, const float *w, const float *_Nullable bias, float *y, int act);
    void (*depthwise_weights)(const ck_conv *s, const float *x, const float *dy, float *dw);

    // y = max over windows, then act; arg is the winner's place in its window (row-major), size at most 16.
    void (*pool)(const ck_pool *s, const float *x, float *y, uint8_t *arg, int act);
    // dx = dy sent to the winners; where act is relu, only where y > 0. Writes all of dx.
    void (*pool_back)(const ck_pool *s, const float *dy, const float *y, const uint8_t *arg, float *dx, int act);

    // y = act(y + bias), then times mask * scale where a mask is given.
    void (*finish)(float *y, size_t ld, size_t rows, size_t cols, const float *_Nullable bias, int act,
                   const uint8_t *_Nullable mask, size_t mask_ld, float scale);
    // dy through act, whose result y is (relu: scale where y > 0, which also undoes a dropout fused behind it).
    void (*unfinish)(float *dy, const float *y, size_t ld, size_t rows, size_t cols, int act, float scale);
    // y = f(x), not in place; the same with f'(x) in place of x; and dx = dy * f'(x), where dx may be dy. `below` is leaky
    // relu's slope below zero.
    void (*curve)(float *y, const float *x, size_t n, int act, float below);
    void (*curve_and_slope)(float *y, float *x, size_t n, int act, float below);
    void (*curve_back)(float *dx, const float *dy, const float *x, size_t n, int act, float below);
    // Rows' softmax, and the gradient of its argument. Not in place.
    void (*softmax)(float *y, const float *x, size_t rows, size_t cols);
    void (*softmax_back)(float *dx, const float *dy, const float *y, size_t rows, size_t cols);
    // y = mask ? x * scale : 0
    void (*drop)(float *y, const float *x, const uint8_t *mask, size_t n, float scale);
    // y[i][j] = x[i][j] * factor[j]
    void (*scale_columns)(float *y, const float *x, const float *factor, size_t rows, size_t cols);
    // Keep masks of rows position ... position + rows: element (r, u) is kept if its 16 bits are >= threshold.
    void (*drop_mask)(uint8_t *mask, size_t ld, size_t rows, size_t units, uint32_t position, uint32_t layer,
                      uint64_t step, uint64_t seed, uint32_t purpose, uint32_t threshold);
    // Philox blocks index ... index + blocks of (seed, purpose, step), four words each.
    void (*random_blocks)(uint32_t *words, size_t blocks, uint64_t index, uint64_t step, uint64_t seed,
                          uint32_t purpose);

    // Rows of logits to losses, and (logits -> gradient of scale * loss) where wanted; returns how many rows have
    // their largest logit at the label. With weights, one a class, and a gradient, the target of a row is
    // (1 - smoothing) * its label's weight at the label + smoothing / classes * weight at every class. With a gradient a
    // row labelled CK_UNLABELLED has no loss and no gradient.
    size_t (*cross_entropy)(const float *logits, const int32_t *labels, size_t rows, size_t classes, float scale,
                            float smoothing, const float *_Nullable weights, float *losses,
                            float *_Nullable gradient);
    // y = (or +=, where add) share * the softmax of x / temperature, row by row; not in place.
    void (*soften)(float *y, const float *x, size_t rows, size_t cols, float temperature, float share, int add);
    // After `cross_entropy` with hard * scale: a row's loss becomes hard * itself + (1 - hard) * temperature^2 * the
    // divergence of the softmax of its logits / temperature from its soft targets, rows of probabilities that add up to
    // 1; what that adds to the gradient times scale is added there. With weights the part counts by its label's. For a row
    // labelled CK_UNLABELLED hard is 0; there must be no weights then.
    void (*soft_targets)(const float *logits, const float *soft, const int32_t *labels, size_t rows, size_t classes,
                         float scale, float hard, float temperature, const float *_Nullable weights, float *losses,
                         float *gradient);
    // Rows' mean binary cross-entropy of logits against targets in 0 ... 1, and its gradient times scale where wanted;
    // returns how many logits are on their target's side of 0. With labels, one a row, they are the targets of a single
    // column. Weights, one a column, multiply what a positive target adds.
    size_t (*binary_cross_entropy)(const float *logits, const float *targets, const int32_t *_Nullable labels,
                                   size_t rows, size_t cols, float scale, const float *_Nullable weights,
                                   float *losses, float *_Nullable gradient);
    // Rows' mean squared and absolute errors; gradient of scale * squared error.
    void (*squared_error)(const float *y, const float *target, size_t rows, size_t cols, float scale, float *losses,
                          float *absolutes, float *_Nullable gradient);
    // The same of Huber's error (quadratic up to delta), or where delta is 0 of the absolute error.
    void (*robust_error)(const float *y, const float *target, size_t rows, size_t cols, float scale, float delta,
                         float *losses, float *absolutes, float *_Nullable gradient);

    // out[j] = (or +=, where add) sum over i of x[i][j]
    void (*column_sums)(const float *x, size_t ld, size_t rows, size_t cols, float *out, int add);
    double (*sum_of_squares)(const float *x, size_t n);
    void (*sum)(float *y, const float *a, const float *b, size_t n, int act);  // y = act(a + b), act none or relu
    void (*times)(float *y, const float *x, size_t n);  // y *= x
    void (*add)(float *y, const float *x, size_t n);  // y += x
    void (*approach)(float *y, const float *x, size_t n, float share);  // y += (x - y) * share
    // sum += g * weight, or = where it begins.
    void (*accumulate)(float *sum, const float *g, size_t n, float weight, int begins);
    // g = (sum + g * weight) * scale; returns its sum of squares.
    double (*finish_sum)(float *g, const float *sum, size_t n, float weight, float scale);
    void (*mix)(float *y, const float *x, const float *z, size_t n, float share);  // y = z + (x - z) * share

    // Per channel over rows: sums of x and of x * x; of dy and of dy * (x - mean).
    void (*moments)(const float *x, size_t rows, size_t cols, double *sum, double *squares);
    void (*norm_sums)(const float *dy, const float *x, const float *mean, size_t rows, size_t cols, double *sum,
                      double *dot);
    // y = act(x * a + b)
    void (*affine)(float *y, const float *x, const float *a, const float *b, size_t rows, size_t cols, int act);
    // dx = dy * a + x * b + c
    void (*norm_back)(float *dx, const float *dy, const float *x, const float *a, const float *b, const float *c,
                      size_t rows, size_t cols);

    // y = (x - mean) / sqrt(variance + epsilon) * weight + bias; statistics: mean and 1 / deviation of each group.
    void (*normalize)(const ck_norm *s, const float *x, const float *weight, const float *_Nullable bias, float *y,
                      float *statistics);
    // The gradients of x, where wanted, and added to what is there of weight and bias.
    void (*normalize_back)(const ck_norm *s, const float *x, const float *statistics, const float *weight,
                           const float *dy, float *_Nullable dx, float *dweight, float *_Nullable dbias);

    // Scores [rows][width] of one head to weights, in place: row r sees first + r + 1 keys, the others get 0; statistics:
    // the largest score and 1 / the sum of each row, from which `attend_again` makes the same weights of the same scores.
    void (*attend)(float *p, size_t width, size_t rows, size_t first, float scale, float *statistics);
    void (*attend_again)(float *p, size_t width, size_t rows, size_t first, float scale, const float *statistics);
    // Gradients of the weights p to gradients of the scores, in place.
    void (*attend_back)(float *dp, const float *p, size_t width, size_t rows, float scale);

    // y = x w + bias for rows of x [depth], w [depth][cols] as packed by ck_conv_pack.
    void (*packed_product)(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t cols,
                    const float *_Nullable bias, float *y, size_t ldy);
    // One step of one example. gates: what the input gives, in PyTorch's order (i f g o; r z n), becomes the gates'
    // values; product: what the state before gives. lstm: before and cell are the cell's old and new state; gru: before
    // is the old state (may be h) and cell keeps the product's part of n. h is the new state.
    void (*lstm)(size_t units, float *gates, const float *product, const float *before, float *cell, float *h);
    void (*gru)(size_t units, float *gates, const float *product, const float *before, float *cell, float *h);
    // The step's gradients, from dy of what goes out and dh of what the next step's product took: gates become their
    // arguments' gradients, dproduct the same for the product (gru: cell, too, the product's part of n). carry is what
    // reaches the state before without the product, in and out: zeros behind the last step. lstm: of the cell.
    void (*lstm_back)(size_t units, float *gates, float *cell, const float *before, const float *dy, const float *dh,
                      float *carry, float *dproduct);
    void (*gru_back)(size_t units, float *gates, float *cell, const float *before, const float *dy, const float *dh,
                     float *carry, float *dproduct);

    void (*adam)(float *p, const float *g, float *m, float *v, size_t n, const ck_adam *s);
    void (*sgd)(float *p, const float *g, float *_Nullable m, size_t n, const ck_sgd *s);
    // z -= rate * (g / (sqrt(v) / root_correction + epsilon) + decay * y), x += (z - x) * share; g is taken at y.
    void (*schedule_free)(float *x, const float *y, const float *g, float *z, float *v, size_t n,
                          const ck_schedule_free *s);
    void (*rms)(float *p, const float *g, float *v, float *_Nullable m, size_t n, const ck_rms *s);
} ck_table;

/// The table of a level ("base", "v3", "v4"), NULL where this processor cannot run it; the best one for NULL.
const ck_table *_Nullable ck_select(const char *_Nullable name);

/// Products whose operands are rounded to bfloat16 when they are packed (nearest, ties to even; what is below 2^-126
/// counts as zero) and whose sums are of single precision.
typedef struct ck_bfloat16 {
    const char *name;
    // As the table's: each element is one sum in the order of its pairs of terms.
    void (*product)(const ck_product *s, const float *a, const float *b, float *c, float *scratch);
    // The right matrix of `s` (terms, columns, b_column, b_step) to panels, ck_bfloat16_floats of them.
    void (*pack)(const ck_product *s, const float *b, void *packed);
} ck_bfloat16;

/// The products by this unit of the processor ("avx512", "amx"), NULL where it has none or the system keeps it; the fastest
/// for NULL. Their bits differ.
const ck_bfloat16 *_Nullable ck_select_bfloat16(const char *_Nullable name);

/// Pairs of terms in a panel: whole squares of sixteen.
static inline size_t ck_bfloat16_pairs(size_t terms) { return (terms + 31) / 32 * 16; }

/// Floats whose memory a packed matrix takes; what begins at a column that is a multiple of 32 lies at that of as many.
static inline size_t ck_bfloat16_floats(size_t terms, size_t columns) {
    return ck_bfloat16_pairs(terms) * ((columns + 31) & ~(size_t)31);
}

/// Output channels rounded up to whole vectors: the columns of a packed weight matrix.
size_t ck_conv_padded(size_t lanes, size_t out_channels);

/// Weights [kernel * kernel * channels][out] to panels [panel][rows][2 * lanes], missing columns zero.
void ck_conv_pack(size_t lanes, size_t rows, size_t out, const float *w, float *packed);
/// The same for the gradient of the input: rows (kernel places turned by 180 degrees, out), columns in; at a stride
/// stride * stride such matrices, one for the places of each remainder of row and column.
void ck_conv_pack_turned(size_t lanes, size_t kernel, size_t stride, size_t in, size_t out, const float *w,
                         float *packed);
/// The panel that starts at `column` back to rows; for rows first ..< last.
void ck_conv_unpack(size_t lanes, size_t rows, size_t out, size_t column, size_t first, size_t last,
                    const float *packed, float *w);

/// `cols` columns of rows of ld_from floats to rows of ld_to.
void ck_copy_columns(const float *from, size_t ld_from, size_t rows, size_t cols, float *to, size_t ld_to);

/// An image into a larger one of zeros: pixel (y, x) goes to (top + y * step, left + x * step); out has ld_out floats a
/// pixel.
void ck_place(const float *image, size_t height, size_t width, size_t channels, size_t top, size_t left, size_t step,
              float *out, size_t out_height, size_t out_width);

#pragma clang assume_nonnull end
