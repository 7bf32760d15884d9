// Losses, their inputs and their options, as a binding enumerates them.
#include <stdio.h>
#include <string.h>

#include "check.h"

static void of_a_loss(void) {
  const lossproof_loss* loss = lossproof_find_loss("cross_entropy");
  CHECK(strcmp(lossproof_loss_name(loss), "cross_entropy") == 0);
  CHECK(lossproof_argument_count(loss) >= 2);
  const lossproof_argument *logits = lossproof_argument_at(loss, 0), *target = lossproof_argument_at(loss, 1);
  CHECK(strcmp(logits->name, "logits") == 0 && logits->kind == LOSSPROOF_ARGUMENT_REAL && logits->optional == 0);
  CHECK(strcmp(target->name, "target") == 0 && target->kind == LOSSPROOF_ARGUMENT_CLASS_TARGET && target->optional == 0);
}

/// The kind of the option that a loss takes under this name, or -1.
static int option_kind(const char* loss, const char* name) {
  const lossproof_loss* found = lossproof_find_loss(loss);
  for (size_t i = 0; i < lossproof_option_count(found); ++i) {
    const lossproof_option* option = lossproof_option_at(found, i);
    if (strcmp(option->name, name) == 0) return option->kind;
  }
  return -1;
}

static void of_options(void) {
  CHECK(option_kind("cross_entropy", "reduction") == LOSSPROOF_OPTION_REDUCTION);
  CHECK(option_kind("cross_entropy", "ignore_index") == LOSSPROOF_OPTION_INTEGER);
  CHECK(option_kind("cross_entropy", "dtype") == LOSSPROOF_OPTION_DTYPE);
  CHECK(option_kind("mse_loss", "reduction") == LOSSPROOF_OPTION_REDUCTION);
  CHECK(option_kind("mse_loss", "ignore_index") == -1);
  CHECK(option_kind("mse_loss", "weight") == LOSSPROOF_OPTION_TENSOR);
  CHECK(option_kind("mse_loss", "pos_weight") == -1);
  CHECK(option_kind("binary_cross_entropy_with_logits", "pos_weight") == LOSSPROOF_OPTION_TENSOR);
  CHECK(option_kind("softplus", "beta") == LOSSPROOF_OPTION_REAL);
}

#define CHECK_NONE(call, message) check_failed_at((call) == 0, 1, (message), __FILE__, __LINE__)

/// The item behind the last of `count`.
static void check_beyond(const void* item, const char* function, size_t count, const char* items) {
  char message[128];
  snprintf(message, sizeof message, "%s: index is %zu; expected less than %zu, the number of %s", function, count,
           count, items);
  CHECK_NONE(item, message);
}

static void of_what_is_not_there(void) {
  const lossproof_loss* mse = lossproof_find_loss("mse_loss");
  const size_t losses = lossproof_loss_count(), arguments = lossproof_argument_count(mse),
               options = lossproof_option_count(mse);
  CHECK_NONE(lossproof_find_loss("hinge"),
             "lossproof_find_loss: name is \"hinge\"; expected one that lossproof_loss_name gives");
  CHECK_NONE(lossproof_find_loss(NULL), "lossproof_find_loss: name is NULL; expected the name of a loss");
  check_beyond(lossproof_loss_at(losses), "lossproof_loss_at", losses, "losses");
  check_beyond(lossproof_argument_at(mse, arguments), "lossproof_argument_at", arguments, "inputs");
  check_beyond(lossproof_option_at(mse, options), "lossproof_option_at", options, "options");
  const char* no_loss = ": loss is NULL; expected one of lossproof_loss_at or lossproof_find_loss";
  char message[128];
#define CHECK_NONE_OF_NULL(call, function) CHECK_NONE(call, strcat(strcpy(message, function), no_loss))
  CHECK_NONE_OF_NULL(lossproof_loss_name(NULL), "lossproof_loss_name");
  CHECK_NONE_OF_NULL(lossproof_argument_count(NULL), "lossproof_argument_count");
  CHECK_NONE_OF_NULL(lossproof_argument_at(NULL, 0), "lossproof_argument_at");
  CHECK_NONE_OF_NULL(lossproof_option_count(NULL), "lossproof_option_count");
  CHECK_NONE_OF_NULL(lossproof_option_at(NULL, 0), "lossproof_option_at");
}

void descriptions(void) {
  CHECK(strcmp(lossproof_version(), LOSSPROOF_TEST_VERSION) == 0);
  of_a_loss();
  of_options();
  of_what_is_not_there();
}
