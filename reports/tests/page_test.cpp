#include "reports/page.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "reports/bench_record.h"
#include "reports/tests/support.h"

namespace {

using reports::page;
using reports::Records;
using reports::Tally;

Records some_records() {
  Tally naive;
  naive.loss = "mse_loss", naive.subject = "naive", naive.dtype = "bf16", naive.result_dtype = "f32",
  naive.output = "value", naive.property = "accuracy";
  naive.cases = 1234, naive.elements = 4000, naive.failed = 1000, naive.held = 234, naive.misrounded = 1000;
  naive.max_ulp = std::numeric_limits<double>::infinity();
  naive.worst_case = 3, naive.worst = "{\"data\": [\"0x1.8p+0\"]}", naive.message = "got <nan>",
  naive.replay = "./lossproof replay x";
  naive.observe(naive.max_ulp);
  naive.rungs.decided = {10, 3900, 89, 0, 1};
  Tally ours = naive;
  ours.subject = "lossproof", ours.bound_ulp = 0.5, ours.failed = 0, ours.held = 1234, ours.misrounded = 0,
  ours.max_ulp = 0.5;
  ours.worst.clear(), ours.replay.clear();
  Records records;
  records.context.seed = 42;
  records.context.machine = "a machine";
  records.context.certificate = "the identities & no more";
  records.context.promises = {{"lossproof", 0.5}};
  records.tallies = {ours, naive};
  return records;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Page, ShowsTheVerdictOfEverySubject) {
  const std::string html = page(some_records());
  EXPECT_TRUE(has(html, "Every promise held"));
  EXPECT_TRUE(has(html,
                  "<td>naive</td><td>bf16 to f32</td><td><span class=\"pill finding\">finding</span></td><td "
                  "class=\"n\">inf</td>"));
  EXPECT_TRUE(has(html, "1,000 <small>25 %</small>"));
  EXPECT_TRUE(has(
      html,
      "<td>lossproof</td><td>bf16 to f32</td><td><span class=\"pill held\">held</span></td><td class=\"n\">0.50</td>"));
}

TEST(Page, ABrokenPromiseIsTheHeadline) {
  Records records = some_records();
  records.tallies[0].failed = 1;
  EXPECT_TRUE(has(page(records), "Broken promises: 1"));
  records.tallies[0].failed = 0, records.tallies[0].undecided = 1;
  EXPECT_TRUE(has(page(records), "No promise failed, but not everything was decided"));
}

TEST(Page, ShowsWorstInputsInHexWithTheirReplayCommand) {
  const std::string html = page(some_records());
  EXPECT_TRUE(has(html, "<pre>{&quot;data&quot;: [&quot;0x1.8p+0&quot;]}</pre>"));
  EXPECT_TRUE(has(html, "<p>got &lt;nan&gt;</p>"));
  EXPECT_TRUE(has(html, "<pre class=\"command\">./lossproof replay x</pre>"));
}

TEST(Page, SaysWhoDecidedAndWhatThatRestsOn) {
  const std::string html = page(some_records());
  EXPECT_TRUE(has(html, "<th class=\"n\">contract</th><th class=\"n\">ball</th><th class=\"n\">arb</th>"));
  EXPECT_TRUE(has(html,
                  "<tr><td>bf16 to f32</td><td class=\"n\">20</td><td class=\"n\">7,800</td>"
                  "<td class=\"n\">178</td><td class=\"n\">0</td><td class=\"n\">2</td><td class=\"n\">0</td></tr>"));
  EXPECT_TRUE(has(html, "What the answers rest on: the identities &amp; no more."));
  EXPECT_TRUE(has(html, "\"dtype\":\"bf16 to f32\""));
}

TEST(Page, NeedsNothingBesideIt) {
  const std::string html = page(some_records());
  EXPECT_TRUE(has(html, "Chart.js v"));
  for (const char* outside : {" src=", "<link", "@import", "{{", "fetch("}) {
    const std::string own = html.substr(0, html.find("Chart.js v"));
    EXPECT_FALSE(has(own, outside)) << outside;
  }
  EXPECT_TRUE(html.ends_with("</html>\n"));
}

TEST(Page, NoTextOfARecordCanLeaveItsPlace) {
  Records records = some_records();
  records.tallies[1].loss = "</script><b>";
  const std::string html = page(records);
  EXPECT_FALSE(has(html, "</script><b>"));
  EXPECT_TRUE(has(html, "\\u003c/script>\\u003cb>"));
  EXPECT_TRUE(has(html, "&lt;/script&gt;&lt;b&gt;"));
}

reports::Json some_speeds() {
  reports::Json document = reports::read_bench("no such file");
  bench::Measurement ours{"mse_loss value", {4000000}, oracles::DType::f32, "lossproof", 0.004, 1, "avx2"};
  bench::Measurement eigen{"mse_loss value", {4}, oracles::DType::f32, "eigen</script>", 2e-9};
  bench::Measurement oracle{"mse_loss value", {4}, oracles::DType::f32, "oracle", 1};
  reports::Context context;
  context.machine = "a <fast> machine", context.command = "./lossproof bench";
  reports::put_run(document, "losses", context, {ours, eigen});
  reports::put_run(document, "oracle", {}, {oracle});
  return document;
}

TEST(Page, ShowsTheSpeedsOfABenchBesideIt) {
  const tests::Directory directory;
  tests::write(directory / "bench.json", some_speeds().dump());
  const std::string html = page(some_records(), "", reports::speed_section(directory / "bench.json"));
  EXPECT_TRUE(has(html, "<h2>Speed</h2>"));
  EXPECT_TRUE(has(html, "a &lt;fast&gt; machine"));
  EXPECT_TRUE(has(html, "<code>./lossproof bench</code>"));
  EXPECT_TRUE(has(html, "<div id=\"speed\"></div>"));
  EXPECT_TRUE(has(html, "\"peer\":\"lossproof\",\"seconds\":0.004,\"gelem_s\":1.0,\"threads\":1,\"target\":\"avx2\""));
  EXPECT_TRUE(has(html, "eigen\\u003c/script>"));
  EXPECT_FALSE(has(html, "\"peer\":\"oracle\""));
}

TEST(Page, HasNoSpeedWhereNothingWasMeasured) {
  const tests::Directory directory;
  EXPECT_EQ(reports::speed_section(directory / "bench.json"), "");
  EXPECT_FALSE(has(page(some_records()), "<h2>Speed</h2>"));
  tests::write(directory / "bench.json", "text");
  EXPECT_THROW(reports::speed_section(directory / "bench.json"), reports::BadInput);
}

TEST(Page, TheReportCommandTakesTheBenchBesideTheRecords) {
  const tests::Directory directory;
  std::ostringstream records;
  write(records, some_records());
  tests::write(directory / "results.jsonl", records.str());
  tests::write(directory / "bench.json", some_speeds().dump());
  EXPECT_EQ(tests::lossproof("report --out .", directory.path()).code, 0);
  EXPECT_TRUE(has(tests::contents(directory / "report.html"), "<h2>Speed</h2>"));
}

}  // namespace
