#include "reports/npy.h"

#include <gtest/gtest.h>

#include <limits>

#include "reports/tests/support.h"

namespace {

using oracles::DType;
using reports::Arrays;
using reports::BadInput;
using reports::parse_npy;
using reports::read_arrays;
using tests::npy;
using tests::npy_of;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const BadInput& e) {
    return e.what();
  }
  return "no error";
}

std::string parse_error(const std::string& bytes) {
  return message_of([&] { parse_npy(bytes, "x"); });
}

const std::string header_f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
const std::string two_floats(8, '\0');

TEST(Npy, ReadsEveryDtypeItTakesBitForBit) {
  const float tiny = std::numeric_limits<float>::denorm_min();
  const oracles::Tensor f4 = parse_npy(npy_of<float>("<f4", "2, 2", {-0.0F, tiny, 1.5F, -INFINITY}), "x");
  EXPECT_EQ(f4.dtype, DType::f32);
  EXPECT_EQ(f4.shape, (oracles::Shape{2, 2}));
  EXPECT_EQ(f4.reals, (std::vector<double>{0.0, tiny, 1.5, -INFINITY}));
  EXPECT_TRUE(std::signbit(f4.reals[0]));
  EXPECT_EQ(parse_npy(npy_of<double>("<f8", "1,", {0x1.fffffffffffffp-1}), "x").reals[0], 0x1.fffffffffffffp-1);
  EXPECT_EQ(parse_npy(npy_of<std::int32_t>("<i4", "2,", {-100, 7}), "x").indices, (std::vector<std::int64_t>{-100, 7}));
  const std::int64_t big = (1LL << 62) + 1;
  EXPECT_EQ(parse_npy(npy_of<std::int64_t>("<i8", "1,", {big}), "x").indices[0], big);
}

TEST(Npy, Reads16Bits) {
  // 1.5, the smallest subnormal, -0, -infinity
  const oracles::Tensor f2 = parse_npy(npy_of<std::uint16_t>("<f2", "4,", {0x3e00, 1, 0x8000, 0xfc00}), "x");
  EXPECT_EQ(f2.dtype, DType::f16);
  EXPECT_EQ(f2.reals, (std::vector<double>{1.5, 0x1p-24, 0.0, -INFINITY}));
  EXPECT_TRUE(std::signbit(f2.reals[2]));
  for (const std::string descr : {"<V2", "|V2"}) {
    const oracles::Tensor v2 = parse_npy(npy_of<std::uint16_t>(descr, "4,", {0x3fc0, 1, 0x8000, 0x7f7f}), "x");
    EXPECT_EQ(v2.dtype, DType::bf16);
    EXPECT_EQ(v2.reals, (std::vector<double>{1.5, 0x1p-133, 0.0, 0x1.fep+127}));
  }
}

TEST(Npy, ReadsRankZeroAndEmptyArrays) {
  EXPECT_EQ(parse_npy(npy_of<double>("<f8", "", {2.5}), "x").shape, oracles::Shape{});
  EXPECT_EQ(parse_npy(npy_of<double>("<f8", "0, 3", {}), "x").shape, (oracles::Shape{0, 3}));
}

TEST(Npy, BringsFortranOrderIntoRowMajorOrder) {
  const std::vector<double> columns{11, 21, 12, 22, 13, 23};
  const std::string elements(reinterpret_cast<const char*>(columns.data()), 48);
  const std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }";
  EXPECT_EQ(parse_npy(npy(header, elements), "x").reals, (std::vector<double>{11, 12, 13, 21, 22, 23}));
}

TEST(Npy, ReadsFormats1To3AndNoOther) {
  for (const int major : {1, 2, 3})
    EXPECT_EQ(parse_npy(npy(header_f4, two_floats, major), "x").shape, oracles::Shape{2});
  EXPECT_EQ(parse_error(npy(header_f4, two_floats, 4)), "x: npy format 4.0, expected 1.0, 2.0 or 3.0");
}

TEST(Npy, RefusesOtherDtypesByName) {
  for (const std::string descr : {">f4", "|b1", "<f1", "<c8", "|O", "<u8", "|V4"}) {
    EXPECT_EQ(parse_error(npy_of<float>(descr, "2,", {1, 2})),
              "x: dtype '" + descr + "', expected one of '<f2', '<V2' (bf16), '<f4', '<f8', '<i4', '<i8'");
  }
}

TEST(Npy, SaysWhatIsWrongWithTheBytes) {
  EXPECT_EQ(parse_error("PK and more bytes"), "x: not a .npy file: it does not begin with \\x93NUMPY");
  EXPECT_EQ(parse_error(""), "x: not a .npy file: it does not begin with \\x93NUMPY");
  const std::string whole = npy(header_f4, two_floats);
  EXPECT_EQ(parse_error(whole.substr(0, 9)), "x: truncated: the npy header is not complete");
  EXPECT_EQ(parse_error(whole.substr(0, 40)), "x: truncated: the npy header is not complete");
  EXPECT_EQ(parse_error(whole.substr(0, whole.size() - 1)), "x: 7 bytes of elements, expected 8: truncated or corrupt");
  EXPECT_EQ(parse_error(whole + "+"), "x: 9 bytes of elements, expected 8: truncated or corrupt");
}

TEST(Npy, SaysWhatIsWrongWithTheHeader) {
  const std::string long_name(400'000, 'x');
  EXPECT_EQ(parse_error(tests::npy("{'descr': '" + long_name + "', 'fortran_order': False, 'shape': (), }", "", 2)),
            "x: npy header of 400116 bytes, expected at most 10000");
  EXPECT_TRUE(parse_error(npy("{'fortran_order': False, 'shape': (2,), }", two_floats))
                  .starts_with("x: npy header has no readable 'descr': {'fortran_order'"));
  EXPECT_TRUE(parse_error(npy("{'descr': '<f4', 'shape': (2,), }", two_floats))
                  .starts_with("x: npy header has no readable 'fortran_order'"));
  EXPECT_TRUE(parse_error(npy("{'descr': '<f4', 'fortran_order': False}", two_floats))
                  .starts_with("x: npy header has no readable 'shape'"));
  for (const std::string shape : {"-1,", "2x,", "4294967296, 4294967296", "99999999999999999999,"}) {
    EXPECT_EQ(parse_error(npy_of<float>("<f4", shape, {})),
              "x: npy header has the shape (" + shape + "), expected non-negative extents of at most 2^59 elements");
  }
}

TEST(Npz, ReadsItsArraysUnderTheirNames) {
  const tests::Directory directory;
  const auto file = directory / "a.npz";
  tests::write_npz(
      file, {{"logits", npy_of<float>("<f4", "1, 2", {3, 4})}, {"target", npy_of<std::int64_t>("<i8", "1,", {1})}});
  const Arrays arrays = read_arrays(file);
  ASSERT_EQ(arrays.size(), 2U);
  EXPECT_EQ(arrays.at("logits")().reals, (std::vector<double>{3, 4}));
  EXPECT_EQ(arrays.at("target")().indices, (std::vector<std::int64_t>{1}));
}

TEST(Npz, AnArrayThatNobodyReadsMayBeOfAnyDtype) {
  const tests::Directory directory;
  tests::write_npz(directory / "a.npz",
                   {{"names", npy_of<float>("<U4", "1,", {1})}, {"x", npy_of<float>("<f4", "1,", {1})}});
  const Arrays arrays = read_arrays(directory / "a.npz");
  EXPECT_EQ(arrays.at("x")().reals, std::vector<double>{1});
  EXPECT_EQ(message_of([&] { arrays.at("names")(); }),
            (directory / "a.npz").string() +
                ", array names: dtype '<U4', expected one of '<f2', '<V2' (bf16), '<f4', '<f8', '<i4', '<i8'");
}

TEST(Npz, AFileOfOneArrayHasTheNameOfTheFile) {
  const tests::Directory directory;
  tests::write(directory / "logits.npy", npy_of<double>("<f8", "1,", {5}));
  EXPECT_EQ(read_arrays(directory / "logits.npy").at("logits")().reals, std::vector<double>{5});
}

TEST(Npz, AChangedByteIsCaughtByTheChecksum) {
  const tests::Directory directory;
  const auto file = directory / "a.npz";
  tests::write_npz(file, {{"x", npy_of<double>("<f8", "3,", {1, 2, 3})}});
  std::string bytes = tests::contents(file);
  const std::size_t at = bytes.find("\x93NUMPY") + 130;
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  tests::write(file, bytes);
  EXPECT_EQ(message_of([&] { read_arrays(file).at("x")(); }),
            file.string() + ", array x: truncated or corrupt: CRC error");
}

TEST(Npz, SaysWhatIsWrongWithTheFile) {
  const tests::Directory directory;
  const auto file = directory / "a.npz";
  const auto open = [&] { read_arrays(file); };
  EXPECT_EQ(message_of(open), file.string() + ": no such file");
  tests::write(file, "not a zip");
  EXPECT_TRUE(message_of(open).starts_with(file.string() + ": not a readable .npz (zip) file: Not a zip archive"));
  tests::write_npz(file, {{"x", npy_of<double>("<f8", "3,", {1, 2, 3})}});
  const std::string whole = tests::contents(file);
  tests::write(file, whole.substr(0, whole.size() / 2));
  EXPECT_TRUE(message_of(open).starts_with(file.string() + ": not a readable .npz (zip) file: Not a zip archive"));
  tests::write(directory / "a.txt", "1 2 3");
  EXPECT_EQ(message_of([&] { read_arrays(directory / "a.txt"); }),
            (directory / "a.txt").string() + ": expected a .npz or .npy file");
}

}  // namespace
