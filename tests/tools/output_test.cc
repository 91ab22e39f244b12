#include "output.h"

#include <gtest/gtest.h>

#include <larder/error.h>

namespace larder::tool {
namespace {

TEST(HumanBytes, KeepsSmallSizesExact) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
}

TEST(HumanBytes, UsesTheLargestUnitThatFits) {
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes(64 << 20), "64.0 MiB");
  EXPECT_EQ(human_bytes(std::uint64_t{3} << 40), "3.0 TiB");
  EXPECT_EQ(human_bytes(~std::uint64_t{0}), "16.0 EiB");
}

TEST(HumanBytes, NeverRoundsUpToAThousandOfAUnit) {
  EXPECT_EQ(human_bytes((1 << 20) - 1), "1.0 MiB");
}

TEST(HumanDuration, UsesTheUnitThatReadsBest) {
  EXPECT_EQ(human_duration(Seconds(0)), "0.0 ms");
  EXPECT_EQ(human_duration(Seconds(85e-9)), "85 ns");
  EXPECT_EQ(human_duration(Seconds(2.43e-6)), "2.4 µs");
  EXPECT_EQ(human_duration(Seconds(0.0004)), "0.4 ms");
  EXPECT_EQ(human_duration(Seconds(0.012)), "12 ms");
  EXPECT_EQ(human_duration(Seconds(3.44)), "3.4 s");
  EXPECT_EQ(human_duration(Seconds(125)), "2 min 5 s");
  EXPECT_EQ(human_duration(Seconds(7300)), "2 h 1 min");
}

TEST(HumanDuration, GoesToTheNextUnitBeforeItRoundsUpToOne) {
  EXPECT_EQ(human_duration(Seconds(0.9996)), "1.0 s");
  EXPECT_EQ(human_duration(Seconds(59.97)), "1 min 0 s");
}

TEST(HumanCount, SeparatesThousands) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(21592), "21,592");
  EXPECT_EQ(human_count(1234567), "1,234,567");
}

TEST(HumanCount, AgreesWithItsNoun) {
  EXPECT_EQ(human_count(1, "file"), "1 file");
  EXPECT_EQ(human_count(0, "file"), "0 files");
  EXPECT_EQ(human_count(21592, "file"), "21,592 files");
}

TEST(Milliseconds, AreRoundedToMicroseconds) {
  EXPECT_DOUBLE_EQ(milliseconds(Seconds(0.0123456789)), 12.346);
}

TEST(HintFor, TellsWhatToDoAboutWhatUsersMeet) {
  for (const errc code : {errc::not_listed, errc::not_found, errc::offline, errc::damaged,
                          errc::unreachable, errc::bad_certificate, errc::bad_bundle})
    EXPECT_NE(hint_for(code), "") << name_of(code);
}

TEST(HintFor, IsSilentAboutCodesOfOthers) {
  EXPECT_EQ(hint_for(std::make_error_code(std::errc::permission_denied)), "");
}

TEST(PrintError, SaysCommandSubjectReasonNameAndHint) {
  ::testing::internal::CaptureStderr();
  print_error("get", "a.png", errc::offline);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "larder get: error: a.png: the content is not local and the network is switched off "
            "(offline); read it once without --offline, or give a bundle that has it\n");
}

TEST(PrintError, LeavesOutWhatThereIsNot) {
  ::testing::internal::CaptureStderr();
  print_error("", "no command is given");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "larder: error: no command is given\n");
}

TEST(PrintJson, WritesOneLine) {
  ::testing::internal::CaptureStdout();
  print_json({{"path", "a\nb"}, {"bytes", 3}});
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "{\"path\":\"a\\nb\",\"bytes\":3}\n");
}

TEST(Progress, IsSilentWhenStderrIsNoTerminal) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("reading", 10);
    for (int i = 0; i <= 10; ++i) progress.show(static_cast<std::uint64_t>(i));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace larder::tool
