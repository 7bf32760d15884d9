#include "bench/native/eigen.h"

#include <Eigen/Core>

namespace bench {
namespace {

using Rows = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void cross_entropy(const EigenCall& c) {
  const Eigen::Map<const Rows> x(c.x, c.rows, c.columns);
  Eigen::ArrayXf exps(c.columns);
  float total = 0;
  for (std::int64_t r = 0; r < c.rows; ++r) {
    const float max = x.row(r).maxCoeff();
    exps = (x.row(r) - max).exp();
    const float sum = exps.sum();
    const float loss = std::log(sum) + max - x(r, c.target[r]);
    total += loss;
    if (!c.mean) c.value[r] = loss;
    if (c.grad == nullptr) continue;
    const float scale = 1 / static_cast<float>(c.rows);
    Eigen::Map<Eigen::ArrayXf> grad(c.grad + r * c.columns, c.columns);
    grad = exps * (scale / sum);
    grad(c.target[r]) -= scale;
  }
  if (c.mean) *c.value = total / static_cast<float>(c.rows);
}

/// The mean of an expression over the elements, or each of them.
template <class Losses>
void put(const EigenCall& c, const Losses& losses) {
  if (c.mean)
    *c.value = losses.mean();
  else
    Eigen::Map<Eigen::ArrayXf>(c.value, losses.size()) = losses;
}

void binary_cross_entropy_with_logits(const EigenCall& c) {
  const std::int64_t n = c.rows * c.columns;
  const Eigen::Map<const Eigen::ArrayXf> x(c.x, n), y(c.y, n);
  put(c, x.max(0.0f) - x * y + (-x.abs()).exp().log1p());
  if (c.grad != nullptr) Eigen::Map<Eigen::ArrayXf>(c.grad, n) = (x.logistic() - y) / static_cast<float>(n);
}

void mse_loss(const EigenCall& c) {
  const std::int64_t n = c.rows * c.columns;
  const Eigen::Map<const Eigen::ArrayXf> x(c.x, n), y(c.y, n);
  put(c, (x - y).square());
  if (c.grad != nullptr) Eigen::Map<Eigen::ArrayXf>(c.grad, n) = (x - y) * (2 / static_cast<float>(n));
}

void sigmoid(const EigenCall& c) {
  const std::int64_t n = c.rows * c.columns;
  const Eigen::Map<const Eigen::ArrayXf> x(c.x, n);
  put(c, x.logistic());
  if (c.grad != nullptr) Eigen::Map<Eigen::ArrayXf>(c.grad, n) = x.logistic() * (-x).logistic();
}

void log_sigmoid(const EigenCall& c) {
  const std::int64_t n = c.rows * c.columns;
  const Eigen::Map<const Eigen::ArrayXf> x(c.x, n);
  put(c, x.min(0.0f) - (-x.abs()).exp().log1p());
  if (c.grad != nullptr) Eigen::Map<Eigen::ArrayXf>(c.grad, n) = (-x).logistic();
}

void softplus(const EigenCall& c) {
  const std::int64_t n = c.rows * c.columns;
  const Eigen::Map<const Eigen::ArrayXf> x(c.x, n);
  put(c, x.max(0.0f) + (-x.abs()).exp().log1p());
  if (c.grad != nullptr) Eigen::Map<Eigen::ArrayXf>(c.grad, n) = x.logistic();
}

}  // namespace

EigenLoss eigen_loss(std::string_view name) {
  if (name == "cross_entropy") return cross_entropy;
  if (name == "binary_cross_entropy_with_logits") return binary_cross_entropy_with_logits;
  if (name == "mse_loss") return mse_loss;
  if (name == "sigmoid") return sigmoid;
  if (name == "log_sigmoid") return log_sigmoid;
  if (name == "softplus") return softplus;
  return nullptr;
}

}  // namespace bench
