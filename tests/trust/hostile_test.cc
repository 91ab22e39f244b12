// Documents damaged in every way that is cheap to try: nothing but the one that was signed counts.
#include <gtest/gtest.h>

#include <random>

#include "documents.h"
#include "trust/judge.h"

namespace larder::trust {
namespace {

const PrivateKey kKey = PrivateKey::generate();
const Time kNow = at("2026-01-10T00:00:00Z");

/// Whether a damaged head passes for one; then it must say what was signed.
void expect_right_or_refused(const std::string& document, const Head& right) {
  const Expectation expected{Root::of_pinned({kKey.public_key()}, 1), "stable"};
  std::string why;
  const auto judged = judge(document, expected, State{}, kNow, &why);
  if (judged)
    EXPECT_EQ(judged->head, right) << document;
  else
    EXPECT_FALSE(why.empty()) << document;
}

TEST(HostileHead, WithAnyBitFlippedIsRefusedOrTheSame) {
  const Head head = some_head();
  const std::string document = sealed(head.serialise(), {&kKey});
  for (std::size_t bit = 0; bit < 8 * document.size(); ++bit) {
    std::string flipped = document;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    expect_right_or_refused(flipped, head);
  }
}

TEST(HostileHead, CutAnywhereIsRefused) {
  const Head head = some_head();
  const std::string document = sealed(head.serialise(), {&kKey});
  const Expectation expected{Root::of_pinned({kKey.public_key()}, 1), "stable"};
  for (std::size_t length = 0; length + 2 < document.size(); ++length)
    EXPECT_FALSE(judge(document.substr(0, length), expected, State{}, kNow, nullptr)) << length;
}

TEST(HostileHead, SplicedFromTwoIsRefusedOrOneOfThem) {
  const Head seven = some_head(7);
  const Head eight = some_head(8);
  const std::string a = sealed(seven.serialise(), {&kKey});
  const std::string b = sealed(eight.serialise(), {&kKey});
  const Expectation expected{Root::of_pinned({kKey.public_key()}, 1), "stable"};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto judged =
        judge(a.substr(0, i) + b.substr(std::min(i, b.size())), expected, State{}, kNow, nullptr);
    EXPECT_TRUE(!judged || judged->head == seven || judged->head == eight) << i;
  }
}

TEST(HostileHead, MutatedAtRandomIsRefusedOrTheSame) {
  const Head head = some_head();
  const std::string document = sealed(head.serialise(), {&kKey});
  std::mt19937 random(1);
  const auto upto = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(random);
  };
  constexpr std::string_view kBytes = "{}[]\":,\\0123456789abcdefut\0\xff\n ";
  for (int round = 0; round < 3000; ++round) {
    std::string mutated = document;
    for (std::size_t edits = 1 + upto(3); edits > 0; --edits) {
      const std::size_t from = upto(mutated.size());
      switch (upto(3)) {
        case 0: mutated.insert(from, 1, kBytes[upto(kBytes.size() - 1)]); break;
        case 1: mutated.erase(from, upto(20)); break;
        case 2: mutated.insert(upto(mutated.size()), mutated.substr(from, upto(40))); break;
        default:
          if (from < mutated.size()) mutated[from] = kBytes[upto(kBytes.size() - 1)];
      }
    }
    expect_right_or_refused(mutated, head);
  }
}

TEST(HostileRoot, WithAnyBitFlippedIsRefusedOrTheSame) {
  const Root pinned = Root::of_pinned({kKey.public_key()}, 1);
  const Root one{1, quorum_of({&kKey}, 1), quorum_of({&kKey}, 1)};
  const std::string document = sealed(one.serialise(), {&kKey});
  for (std::size_t bit = 0; bit < 8 * document.size(); ++bit) {
    std::string flipped = document;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto next = next_root(pinned, flipped, nullptr);
    EXPECT_TRUE(!next || *next == one) << bit;
  }
}

}  // namespace
}  // namespace larder::trust
