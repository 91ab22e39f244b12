#include <larder/error.h>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace larder {
namespace {

// Every code and the condition that callers rely on; 0 stands for none.
const std::vector<std::pair<errc, condition>> kCodes = {
    {errc::bad_path, condition::absent},
    {errc::not_listed, condition::absent},
    {errc::not_found, condition::absent},
    {errc::would_fetch, condition::absent},
    {errc::offline, condition::absent},
    {errc::over_budget, condition::absent},
    {errc::damaged, condition::damaged},
    {errc::bad_table, condition::damaged},
    {errc::bad_bundle, condition::damaged},
    {errc::bad_store, condition::damaged},
    {errc::bad_head, condition::damaged},
    {errc::unreachable, condition::retryable},
    {errc::interrupted, condition::retryable},
    {errc::timed_out, condition::retryable},
    {errc::overloaded, condition::retryable},
    {errc::proxy_unreachable, condition::retryable},
    {errc::table_mismatch, condition::retryable},
    {errc::cancelled, condition::cancelled},
    {errc::bad_certificate, condition::untrusted},
    {errc::not_pinned, condition::untrusted},
    {errc::refused_redirect, condition::untrusted},
    {errc::bad_signature, condition::untrusted},
    {errc::rolled_back, condition::untrusted},
    {errc::expired, condition::untrusted},
    {errc::bad_response, {}},
    {errc::http_status, {}},
    {errc::proxy_refused, {}},
    {errc::too_large, {}},
    {errc::io, {}},
    {errc::no_space, {}},
    {errc::busy, {}},
    {errc::invalid_argument, {}},
    {errc::unsupported, {}},
    {errc::ambiguous, {}},
};

constexpr condition kConditions[] = {condition::absent, condition::damaged, condition::retryable,
                                     condition::cancelled, condition::untrusted};

TEST(Errc, BelongsToItsConditionAndToNoOther) {
  for (const auto& [code, group] : kCodes) {
    const std::error_code error = code;
    for (const condition c : kConditions)
      EXPECT_EQ(error == c, c == group) << name_of(code) << " against condition " << int(c);
  }
}

TEST(Errc, IsTrueAsAnErrorCode) {
  for (const auto& [code, group] : kCodes) EXPECT_TRUE(static_cast<bool>(std::error_code(code)));
}

TEST(Errc, HasANameAndAMessageOfItsOwn) {
  std::set<std::string> names;
  std::set<std::string> messages;
  for (const auto& [code, group] : kCodes) {
    names.insert(name_of(code));
    messages.insert(std::error_code(code).message());
  }
  EXPECT_EQ(names.size(), kCodes.size());
  EXPECT_EQ(messages.size(), kCodes.size());
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_FALSE(messages.contains("unknown error"));
}

TEST(Errc, IsNamedAsTheHeaderNamesIt) {
  EXPECT_STREQ(name_of(errc::not_listed), "not_listed");
  EXPECT_STREQ(name_of(errc::ambiguous), "ambiguous");
  EXPECT_STREQ(name_of(std::error_code(errc::refused_redirect)), "refused_redirect");
}

TEST(Errc, ComparesWithItsCodeOnly) {
  const std::error_code error = errc::offline;
  EXPECT_EQ(error, errc::offline);
  EXPECT_NE(error, errc::not_found);
}

TEST(ErrorCategory, NamesForeignCodesSystem) {
  EXPECT_STREQ(name_of(std::make_error_code(std::errc::no_such_file_or_directory)), "system");
}

TEST(ErrorCategory, SurvivesAnUnknownCode) {
  const std::error_code error(9999, error_category());
  EXPECT_EQ(error.message(), "unknown error");
  EXPECT_STREQ(name_of(error), "unknown");
  for (const condition c : kConditions) EXPECT_NE(error, c);
}

TEST(ErrorCategory, IsOnePerProcess) {
  EXPECT_EQ(&error_category(), &std::error_code(errc::io).category());
  EXPECT_STREQ(error_category().name(), "larder");
}

TEST(ConditionCategory, SaysItsName) {
  EXPECT_EQ(make_error_condition(condition::untrusted).message(), "untrusted");
  EXPECT_STREQ(condition_category().name(), "larder.condition");
}

}  // namespace
}  // namespace larder
