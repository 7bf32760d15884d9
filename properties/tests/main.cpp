// RapidCheck reads its parameters once: a fixed seed, unless LOSSPROOF_SEED gives another, and no shrinking of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  const char* seed = std::getenv("LOSSPROOF_SEED");
  const std::string parameters =
      std::string("seed=") + (seed == nullptr ? "20240229" : seed) + " max_success=100 noshrink=1";
  setenv("RC_PARAMS", parameters.c_str(), 1);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
