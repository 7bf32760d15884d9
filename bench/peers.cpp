#include "bench/peers.h"

#include <lossproof/loss.h>
#include <lossproof/target.h>
#include <lossproof/threads.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <memory>

#include "bench/measure.h"
#include "bench/native/bandwidth.h"
#include "bench/native/eigen.h"
#include "subjects/subjects.h"

namespace bench {

using properties::Call;
using properties::View;

namespace {

/// An entrant that calls `work` in this process.
Entrant here(const std::string& peer, int threads, std::function<void()> work) {
  return {peer, "", threads, [work = std::move(work)](double seconds) { return seconds_per_call(work, seconds); }};
}

lossproof::MutableTensorView lossproof_view(const View& view) {
  static_assert(int(lossproof::DType::i64) == int(oracles::DType::i64));
  return {view.data, static_cast<lossproof::DType>(view.dtype), lossproof::Extents(std::span(view.shape)),
          lossproof::Extents(std::span(view.strides))};
}

Entrant this_library(const Work& work, const Call& call, const std::string& target, int threads) {
  static_assert(int(lossproof::Reduction::sum) == int(oracles::Reduction::sum));
  const lossproof::Loss* loss = lossproof::find_loss(work.loss->name);
  const lossproof::Options options{.reduction = static_cast<lossproof::Reduction>(work.reduction)};
  std::vector<lossproof::TensorView> inputs;
  for (const View& input : call.inputs) inputs.push_back(lossproof_view(input));
  const auto value = lossproof_view(*call.value);
  std::function<void()> run = [=] { loss->value(inputs, options, value); };
  if (work.with_gradient) {
    const auto grad_output = lossproof_view(*call.grad_output), grad = lossproof_view(*call.grad);
    run = [=] { loss->value_and_gradient(inputs, options, grad_output, value, grad); };
  }
  return {"lossproof", target, threads, [=](double seconds) {
            lossproof::set_target(target);
            lossproof::set_threads(threads);
            return seconds_per_call(run, seconds);
          }};
}

/// Calls `part(begin, end)` on each of as many parts of the bytes as there are threads.
template <class Part>
std::function<void()> in_parts(std::size_t bytes, int threads, const Part& part) {
  if (threads == 1) return [=] { part(0, bytes); };
  const auto arena = std::make_shared<tbb::task_arena>(threads);
  const auto n = static_cast<std::size_t>(threads);
  return [=] {
    const auto run = [&](std::size_t i) { part(bytes * i / n, bytes * (i + 1) / n); };
    arena->execute([&] { tbb::parallel_for(std::size_t{0}, n, run, tbb::static_partitioner()); });
  };
}

Entrant read_inputs(const Call& call, int threads) {
  std::vector<std::function<void()>> reads;
  for (const View& input : call.inputs)
    reads.push_back(in_parts(bytes(input), threads, [&input](std::size_t begin, std::size_t end) {
      const volatile std::int32_t sum = read(static_cast<const std::byte*>(input.data) + begin, end - begin);
      static_cast<void>(sum);
    }));
  return here("read", threads, [=] {
    for (const auto& each : reads) each();
  });
}

Entrant copy_input(const View& input, const View& output, int threads) {
  return here("copy", threads, in_parts(bytes(input), threads, [&](std::size_t begin, std::size_t end) {
                copy(static_cast<const std::byte*>(input.data) + begin, static_cast<std::byte*>(output.data) + begin,
                     end - begin);
              }));
}

Entrant naive(const Work& work, const Call& call) {
  const properties::Subject* subject = subjects::find_subject("naive");
  return here("naive", 1, [subject, &work, &call] { subject->run(*work.loss, call); });
}

Entrant eigen(const Work& work, const Call& call, EigenLoss loss) {
  EigenCall c{work.shape.front(),
              1,
              static_cast<const float*>(call.inputs[0].data),
              nullptr,
              nullptr,
              work.reduction == oracles::Reduction::mean,
              static_cast<float*>(call.value->data),
              nullptr};
  if (work.shape.size() > 1) c.columns = work.shape[1];
  if (call.inputs.size() > 1 && call.inputs[1].dtype == oracles::DType::f32)
    c.y = static_cast<const float*>(call.inputs[1].data);
  else if (call.inputs.size() > 1)
    c.target = static_cast<const std::int64_t*>(call.inputs[1].data);
  if (work.with_gradient) c.grad = static_cast<float*>(call.grad->data);
  return here("eigen", 1, [=] { loss(c); });
}

}  // namespace

std::vector<Entrant> entrants(const Work& work, const Data& data, const Field& field) {
  const Call& call = data.call();
  const auto all_or_first = [&](auto list) { return list.resize(work.sweep ? 1 : list.size()), list; };
  const std::vector<int> all_threads = all_or_first(field.threads);
  const View* like_input = call.grad ? &*call.grad : &*call.value;
  std::vector<Entrant> all;
  for (const int threads : all_threads) {
    for (const std::string& target : all_or_first(field.targets))
      all.push_back(this_library(work, call, target, threads));
    all.push_back(read_inputs(call, threads));
    if (bytes(*like_input) == bytes(call.inputs[0])) all.push_back(copy_input(call.inputs[0], *like_input, threads));
  }
  all.push_back(naive(work, call));
  const bool is_f32 = work.dtypes == properties::DTypes(oracles::DType::f32);
  if (const EigenLoss loss = eigen_loss(work.loss->name); loss && is_f32 && !work.with_masses && !work.smoothed)
    all.push_back(eigen(work, call, loss));
  if (field.torch == nullptr) return all;
  for (const std::string& peer : field.torch->prepare(work, call))
    for (const int threads : all_threads)
      all.push_back({peer, "", threads, [=, torch = field.torch](double seconds) {
                       return torch->seconds_per_call(peer, threads, seconds);
                     }});
  return all;
}

}  // namespace bench
