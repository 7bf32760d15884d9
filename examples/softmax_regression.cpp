// Trains a softmax regression on the table of Fisher's iris, by gradient descent on the mean cross entropy:
//   softmax_regression [TABLE]
#include <lossproof/eigen.h>
#include <lossproof/losses.h>

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int measurements = 4;
constexpr int species = 3;
constexpr int steps = 1000;
constexpr float rate = 1;

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Indices = Eigen::Matrix<std::int32_t, Eigen::Dynamic, 1>;

struct Flowers {
  Matrix features;  // measurements, each of mean 0 and variance 1 over all flowers, and a constant 1
  Indices target;
};

/// Rows of measurements and a species, separated by commas; lines that begin with # are left out.
std::vector<std::vector<float>> read_table(const std::string& name) {
  std::ifstream file(name);
  if (!file) throw std::runtime_error(name + ": cannot be read");
  std::vector<std::vector<float>> table;
  int line_number = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    if (line.starts_with('#')) continue;
    const std::string text = line;
    std::ranges::replace(line, ',', ' ');
    std::istringstream numbers(line);
    const std::vector<float> row{std::istream_iterator<float>(numbers), {}};
    if (row.size() != measurements + 1 || !numbers.eof()) {
      throw std::runtime_error(name + ":" + std::to_string(line_number) + ": \"" + text +
                               "\"; expected 4 measurements and a species, with commas between");
    }
    table.push_back(row);
  }
  return table;
}

Flowers read_flowers(const std::string& name) {
  const auto table = read_table(name);
  const auto rows = static_cast<Eigen::Index>(table.size());
  Flowers flowers{Matrix::Ones(rows, measurements + 1), Indices(rows)};
  for (Eigen::Index i = 0; i < rows; ++i) {
    const std::vector<float>& row = table[static_cast<std::size_t>(i)];
    flowers.features.row(i).head<measurements>() = Eigen::Map<const Eigen::RowVectorXf>(row.data(), measurements);
    flowers.target[i] = static_cast<std::int32_t>(row.back());
  }
  auto measured = flowers.features.leftCols<measurements>();
  measured.rowwise() -= measured.colwise().mean().eval();
  measured.array().rowwise() /= measured.array().square().colwise().mean().sqrt().eval();
  return flowers;
}

int right(const Matrix& logits, const Indices& target) {
  int count = 0;
  for (Eigen::Index i = 0; i < logits.rows(); ++i) {
    Eigen::Index most = 0;
    logits.row(i).maxCoeff(&most);
    count += most == target[i];
  }
  return count;
}

void train(const Flowers& flowers) {
  const auto rows = flowers.features.rows();
  Matrix weights = Matrix::Zero(measurements + 1, species);
  Matrix logits(rows, species), gradient(rows, species);
  float loss = 0;
  const float one = 1;
  for (int step = 0; step <= steps; ++step) {
    logits.noalias() = flowers.features * weights;
    lossproof::cross_entropy.value_and_gradient({lossproof::view(logits), lossproof::view(flowers.target)}, {},
                                                {&one, {}}, {&loss, {}}, lossproof::view(gradient));
    if (step == 0 || step == 10 || step == 100 || step == steps) {
      std::printf("step %4d: loss %.4f, %d of %d right\n", step, static_cast<double>(loss),
                  right(logits, flowers.target), static_cast<int>(rows));
    }
    weights.noalias() -= rate * (flowers.features.transpose() * gradient);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    train(read_flowers(argc > 1 ? argv[1] : LOSSPROOF_IRIS));
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "softmax_regression: %s\n", e.what());
    return 2;
  }
}
