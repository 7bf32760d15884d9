// bench.json: measurements of speed, of two kinds of runs. One kind's run takes the place of the last one of its kind,
// and leaves the other's alone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/measurement.h"
#include "reports/records.h"

namespace reports {

inline constexpr auto oracle_run = "oracle", losses_run = "losses";

/// The file as it is, or one without runs where there is none. BadInput: it is not of this schema.
Json read_bench(const std::filesystem::path& file);

/// Puts a run into what read_bench gave: {"schema", "runs": {KIND: context}, "rows": [{"run": KIND, "work", "shape",
/// "dtype", "result_dtype", "peer", "seconds", "gelem_s", "threads", and where there are such "target", "sweep",
/// "rungs"}]}. Of the context, `command` and what this_machine() tells are written.
void put_run(Json& document, const std::string& kind, const Context& context,
             const std::vector<bench::Measurement>& measurements);

}  // namespace reports
