// Included once a level by kernels.c, with LEVEL, LEVELNAME, LANES (floats of a vector) and PIXELS (output pixels that
// a convolution holds in registers, two vectors each).

typedef float K(vec) __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t K(ivec) __attribute__((vector_size(LANES * 4), aligned(4)));

#include "convolution.h"
#include "products.h"
#include "winograd.h"
#include "depthwise.h"
#include "pooling.h"
#include "elementwise.h"
#include "curves.h"
#include "losses.h"
#include "reductions.h"
#include "normalisation.h"
#include "attention.h"
#include "recurrent.h"
#include "optimisers.h"
#include "random.h"

static const ck_table K(table) = {
    .name = LEVELNAME,
    .lanes = LANES,
    .conv = K(conv),
    .conv_back = K(conv_back),
    .conv_weights = K(conv_weights),
    .product = K(product),
    .pack = K(pack),
    .winograd = K(winograd),
    .winograd_scratch = K(winograd_scratch),
    .winograd_pack = K(winograd_pack),
    .winograd_turn = K(winograd_turn),
    .winograd_weights = K(winograd_weights),
    .winograd_unpack = K(winograd_unpack),
    .depthwise = K(depthwise),
    .depthwise_weights = K(depthwise_weights),
    .pool = K(pool),
    .pool_back = K(pool_back),
    .finish = K(finish),
    .unfinish = K(unfinish),
    .curve = K(curve),
    .curve_and_slope = K(curve_and_slope),
    .curve_back = K(curve_back),
    .softmax = K(softmax),
    .softmax_back = K(softmax_back),
    .drop = K(drop),
    .scale_columns = K(scale_columns),
    .drop_mask = K(drop_mask),
    .random_blocks = K(random_blocks),
    .cross_entropy = K(cross_entropy),
    .soften = K(soften),
    .soft_targets = K(soft_targets),
    .binary_cross_entropy = K(binary_cross_entropy),
    .squared_error = K(squared_error),
    .robust_error = K(robust_error),
    .column_sums = K(column_sums),
    .sum_of_squares = K(sum_of_squares),
    .sum = K(sum),
    .times = K(times),
    .add = K(add),
    .approach = K(approach),
    .accumulate = K(accumulate),
    .finish_sum = K(finish_sum),
    .mix = K(mix),
    .moments = K(moments),
    .norm_sums = K(norm_sums),
    .affine = K(affine),
    .norm_back = K(norm_back),
    .normalize = K(normalize),
    .normalize_back = K(normalize_back),
    .attend = K(attend),
    .attend_again = K(attend_again),
    .attend_back = K(attend_back),
    .packed_product = K(packed_product),
    .lstm = K(lstm),
    .lstm_back = K(lstm_back),
    .gru = K(gru),
    .gru_back = K(gru_back),
    .adam = K(adam),
    .sgd = K(sgd),
    .schedule_free = K(schedule_free),
    .rms = K(rms),
};
