/// @file
/// The losses for C, and for whatever calls C: `liblossproof.so`. Tensors go in and out as DLPack's `DLTensor`.
/// What each loss means, and what it promises, is in losses.h; how to use this interface, in docs/c-api.md.
///
/// A call that fails says why in `lossproof_last_error()` and leaves what it was to write as it was. No exception
/// leaves the library. All functions may be called from any number of threads.
///
/// Tensors, for all calls: on device kDLCPU, with 1 lane, of f16, bf16, f32, f64, i32 or i64, of at most
/// LOSSPROOF_MAX_NDIM dimensions. `strides` NULL means row-major; strides may be negative or 0 (in outputs, no two
/// elements share memory). `data` plus `byte_offset` is a multiple of the size of an element; `data` is NULL only where
/// there is no element. `inputs` are those of lossproof_argument_at, in its order, and `input_count` is their number.
///
/// The ABI of one soname only grows: functions, enumerators and fields at the ends of structures are added.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dlpack/dlpack.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/// How a call ended.
typedef enum lossproof_status {
  LOSSPROOF_OK = 0,
  LOSSPROOF_BAD_INPUT = 1,       ///< the message says which argument, what was expected and what came
  LOSSPROOF_OUT_OF_MEMORY = 2,   ///< no memory for what a call needs beside its tensors
  LOSSPROOF_INTERNAL_ERROR = 3,  ///< a mistake of this library, or of a library below it
} lossproof_status;

/// Why the calling thread's latest failed call failed, at most 1,023 bytes; "" if none has failed. The address holds
/// good for the life of the thread, the text until its next failed call.
const char* lossproof_last_error(void);

/// "MAJOR.MINOR.PATCH" of the library that runs.
const char* lossproof_version(void);

/// The number of threads that a call may use, its caller's included: as many as the machine runs at once, unless set.
int32_t lossproof_threads(void);

/// For calls that begin after this one, on any thread. Error: less than 1.
lossproof_status lossproof_set_threads(int32_t count);

/// A loss of the library. It needs no release.
typedef struct lossproof_loss lossproof_loss;

/// How many losses there are.
size_t lossproof_loss_count(void);

/// The loss of this number, from 0 on; NULL, with a message, beyond the last. The numbers may change from one version
/// to the next, the names don't.
const lossproof_loss* lossproof_loss_at(size_t index);

/// The loss of this name; NULL, with a message, if there is none.
const lossproof_loss* lossproof_find_loss(const char* name);

/// Its name in losses.h; NULL, with a message, if `loss` is NULL.
const char* lossproof_loss_name(const lossproof_loss* loss);

/// What the elements of an input are.
typedef enum lossproof_argument_kind {
  LOSSPROOF_ARGUMENT_REAL = 0,          ///< real numbers: f16, bf16, f32 or f64
  LOSSPROOF_ARGUMENT_CLASS_INDEX = 1,   ///< class indices: i32 or i64
  LOSSPROOF_ARGUMENT_CLASS_TARGET = 2,  ///< either: a class index for each position, or a real number for each class
} lossproof_argument_kind;

/// An input of a loss.
typedef struct lossproof_argument {
  const char* name;  ///< as messages call it
  int32_t kind;      ///< lossproof_argument_kind
  int32_t optional;  ///< 1 if the input may be NULL
} lossproof_argument;

/// How many inputs a loss has; 0, with a message, if `loss` is NULL.
size_t lossproof_argument_count(const lossproof_loss* loss);

/// The input of this number, in the order in which calls take them; NULL, with a message, beyond the last.
const lossproof_argument* lossproof_argument_at(const lossproof_loss* loss, size_t index);

/// The type of an option's field in `lossproof_options`.
typedef enum lossproof_option_kind {
  LOSSPROOF_OPTION_REDUCTION = 0,  ///< int32_t, of lossproof_reduction
  LOSSPROOF_OPTION_INTEGER = 1,    ///< int64_t
  LOSSPROOF_OPTION_DTYPE = 2,      ///< DLDataType
  LOSSPROOF_OPTION_REAL = 3,       ///< double
  LOSSPROOF_OPTION_TENSOR = 4,     ///< const DLTensor*
  LOSSPROOF_OPTION_FLAG = 5,       ///< int32_t, 0 or 1
} lossproof_option_kind;

/// An option that a loss takes: the field of this name in `lossproof_options`. Every option that is no reduction,
/// tensor or flag also has the flag has_NAME.
typedef struct lossproof_option {
  const char* name;  ///< of the field
  int32_t kind;      ///< lossproof_option_kind
} lossproof_option;

/// How many options a loss takes; 0, with a message, if `loss` is NULL.
size_t lossproof_option_count(const lossproof_loss* loss);

/// The option of this number that the loss takes; NULL, with a message, beyond the last.
const lossproof_option* lossproof_option_at(const lossproof_loss* loss, size_t index);

/// What becomes of the losses of the single rows or elements.
typedef enum lossproof_reduction {
  LOSSPROOF_REDUCTION_DEFAULT = 0,  ///< mean; of a function, such as the sigmoid, none, the only one it takes
  LOSSPROOF_REDUCTION_MEAN = 1,
  LOSSPROOF_REDUCTION_SUM = 2,
  LOSSPROOF_REDUCTION_NONE = 3,
  LOSSPROOF_REDUCTION_PER_SAMPLE = 4,  ///< the mean over every dimension but the first
  LOSSPROOF_REDUCTION_BATCHMEAN = 5,   ///< the sum over the extent of the first dimension
} lossproof_reduction;

/// The options of a call. A field of 0 is the default, so `{.struct_size = sizeof(lossproof_options)}` has them all; so
/// has a NULL in place of the structure. A loss refuses an option that it does not take.
typedef struct lossproof_options {
  size_t struct_size;        ///< sizeof(lossproof_options), by which the library knows which fields its caller has
  int32_t reduction;         ///< lossproof_reduction
  int32_t has_ignore_index;  ///< 1 if ignore_index is given
  int64_t ignore_index;      ///< rows with this class index are left out; -100 if not given
  int32_t has_dtype;         ///< 1 if dtype is given
  DLDataType dtype;          ///< the dtype of the value, which the tensor passed for it has to have
  int32_t has_beta;          ///< 1 if beta is given
  double beta;               ///< what the argument is multiplied with (softplus); finite, not 0; 1 if not given
  /// What losses are multiplied with, of the first input's dtype, every number finite: of losses over classes [C]
  /// (multilabel_soft_margin_loss: or the logits' shape), of others of a shape that broadcasts to the first input's,
  /// aligned at the last dimension. NULL if not given.
  const DLTensor* weight;
  const DLTensor* pos_weight;   ///< what the part of positive targets is multiplied with; as weight
  int32_t log_target;           ///< 1 if the target is a logarithm (kl_div)
  int32_t has_label_smoothing;  ///< 1 if label_smoothing is given
  double label_smoothing;       ///< the share of a target's mass spread over all classes; in [0, 1]; 0 if not given
  int32_t has_temperature;      ///< 1 if temperature is given
  double temperature;           ///< what logits are divided by (distillation_kl); finite, above 0; 1 if not given
  int32_t has_alpha;            ///< 1 if alpha is given
  double alpha;                 ///< the weight of positive targets (sigmoid_focal_loss); at most 1, negative for no
                                ///< weights; 0.25 if not given
  int32_t has_gamma;            ///< 1 if gamma is given
  double gamma;                 ///< the exponent of 1 - p_t (sigmoid_focal_loss); finite, at least 0; 2 if not given
} lossproof_options;

/// The most dimensions that a tensor has.
enum { LOSSPROOF_MAX_NDIM = 8 };

/// The shape that the value has: its first `*ndim` extents go to `shape`, which has room for LOSSPROOF_MAX_NDIM.
lossproof_status lossproof_value_shape(const lossproof_loss* loss, const DLTensor* const* inputs, size_t input_count,
                                       const lossproof_options* options, int64_t* shape, int32_t* ndim);

/// Writes the loss to `value`, of the shape that lossproof_value_shape says and any real dtype.
lossproof_status lossproof_value(const lossproof_loss* loss, const DLTensor* const* inputs, size_t input_count,
                                 const lossproof_options* options, DLTensor* value);

/// Writes the gradients that are wanted: `gradients` has an entry for each input, NULL where none is wanted, otherwise
/// a tensor of that input's shape and any real dtype; at least one is, and none with respect to class indices.
/// `grad_output`, of the value's shape and any real dtype, is the gradient with respect to the value.
lossproof_status lossproof_backward(const lossproof_loss* loss, const DLTensor* const* inputs, size_t input_count,
                                    const lossproof_options* options, const DLTensor* grad_output,
                                    DLTensor* const* gradients);

/// Both in one pass over the inputs.
lossproof_status lossproof_value_and_gradient(const lossproof_loss* loss, const DLTensor* const* inputs,
                                              size_t input_count, const lossproof_options* options,
                                              const DLTensor* grad_output, DLTensor* value, DLTensor* const* gradients);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
