#include <larder/result.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace larder {
namespace {

TEST(Result, HoldsItsValue) {
  const Result<std::string> result(std::string("bytes"));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, "bytes");
  EXPECT_EQ(result->size(), 5U);
  EXPECT_FALSE(result.error());
}

TEST(Result, HoldsItsError) {
  const Result<std::string> result(errc::not_listed);
  EXPECT_FALSE(result.has_value());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.error(), errc::not_listed);
  EXPECT_EQ(result.error(), condition::absent);
}

TEST(Result, TakesErrorsOfOtherCategories) {
  const Result<int> result(std::make_error_code(std::errc::permission_denied));
  EXPECT_EQ(result.error(), std::errc::permission_denied);
}

TEST(Result, TakesAnEmptyValueForAValue) {
  const Result<std::string> empty(std::string{});
  EXPECT_TRUE(empty.has_value());
}

TEST(Result, MovesAMoveOnlyValueOut) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = *std::move(result);
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 7);
}

TEST(Result, GivesTheFallbackOnlyWhenThereIsNoValue) {
  EXPECT_EQ(Result<int>(3).value_or(9), 3);
  EXPECT_EQ(Result<int>(errc::io).value_or(9), 9);
  EXPECT_EQ(Result<std::string>(errc::io).value_or("none"), "none");
}

TEST(Result, AllowsItsValueToBeChanged) {
  Result<std::string> result(std::string("a"));
  *result += "b";
  result->push_back('c');
  EXPECT_EQ(*result, "abc");
}

TEST(Result, CanBeAssignedFromEitherKind) {
  Result<int> result(1);
  result = errc::busy;
  EXPECT_EQ(result.error(), errc::busy);
  result = 2;
  EXPECT_EQ(*result, 2);
}

TEST(ResultOfVoid, IsSuccessByDefault) {
  const Result<void> result;
  EXPECT_TRUE(result.has_value());
  EXPECT_FALSE(result.error());
}

TEST(ResultOfVoid, HoldsItsError) {
  const Result<void> result(errc::no_space);
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error(), errc::no_space);
}

TEST(ResultOfVoid, TreatsASuccessCodeAsSuccess) {
  const Result<void> result{std::error_code()};
  EXPECT_TRUE(result.has_value());
}

static_assert(std::is_nothrow_move_constructible_v<Result<std::string>>);
static_assert(!std::is_convertible_v<Result<int>, bool>, "only explicit tests");

}  // namespace
}  // namespace larder
