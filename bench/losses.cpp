#include "bench/losses.h"

#include "bench/measure.h"

namespace bench {

std::vector<Measurement> measured(const Work& work, const Field& field, double seconds) {
  const Data data(work);
  const std::vector<Entrant> all = entrants(work, data, field);
  std::vector<Timer> timers;
  for (const Entrant& entrant : all) timers.push_back([&entrant, seconds] { return entrant.time(seconds); });
  const std::vector<double> times = medians(timers);
  std::vector<Measurement> result;
  for (std::size_t i = 0; i < all.size(); ++i)
    result.push_back(
        {work.name(), work.shape, work.dtypes, all[i].peer, times[i], all[i].threads, all[i].target, work.sweep});
  return result;
}

}  // namespace bench
