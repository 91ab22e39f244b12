// Signed patch sets from an origin: what is applied, and what is refused.
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include <larder/vfs.h>

#include "hotfix/manifest.h"
#include "hotfix/patched.h"
#include "hotfix/sample.h"
#include "hotfix/sign.h"
#include "hotfix/test_keys.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using hotfix::Applied;
using hotfix::errc;
using hotfix::Manifest;
using hotfix::Options;
using testing::HasSubstr;

constexpr std::string_view kScript =
    "local hf = require 'larder.hotfix'\n"
    "hf.patch('small', function(n) return n + 1 end)\n";

/// The points of a manifest for kScript.
std::vector<Manifest::Target> target(const std::string& name) {
  for (const auto& point : hotfix::points())
    if (point.name == name) return {{name, point.signature_hash}};
  ADD_FAILURE() << name;
  return {};
}

/// An origin with one patch set, and a program that applies it.
class Trust : public testing::Test {
 protected:
  Trust() {
    manifest_ = {.app = "game",
                 .id = "fix",
                 .sequence = 5,
                 .first_build = 10,
                 .last_build = 19,
                 .scripts = {{"patches/fix.lua", hotfix::sha256_hex(kScript)}},
                 .points = target("small(unsigned char)")};
    publish("patches/fix.lua", std::string(kScript));
    publish_manifest();
    options_ = {.app = "game", .build = 12, .state_file = state_.path() + "/hotfix.state"};
  }

  void publish(const std::string& path, const std::string& bytes) {
    write_file(origin_.path() + "/" + path, bytes);
  }
  void publish_manifest(const std::string& key = kPrivateKey) {
    const auto sealed = hotfix::seal(hotfix::write_manifest(manifest_), key);
    ASSERT_TRUE(sealed);
    publish("patches/manifest.json", *sealed);
  }
  /// The next start of the program.
  void start() {
    patched_.reset();
    patched_.emplace(options_);
  }
  Result<Applied> apply(const std::vector<std::string>& keys = {kPublicKey}) {
    if (!patched_) start();
    auto vfs = Vfs::open({.origin = origin_.path()});
    EXPECT_TRUE(vfs);
    return patched_->runtime.apply(*vfs, "patches/manifest.json", keys);
  }
  [[nodiscard]] std::error_code error() { return apply().error(); }
  [[nodiscard]] static bool is_patched() { return sample::small(1) == 2; }

  TempDirectory origin_;
  TempDirectory state_;
  Manifest manifest_;
  Options options_;
  std::optional<Patched> patched_;
};

TEST_F(Trust, AppliesWhatATrustedKeySigned) {
  const auto applied = apply();
  ASSERT_TRUE(applied) << applied.error().message() << patched_->log_text();
  EXPECT_TRUE(applied->changed);
  EXPECT_EQ(applied->id, "fix");
  EXPECT_EQ(applied->sequence, 5u);
  EXPECT_EQ(applied->points, 1u);
  EXPECT_TRUE(is_patched());
  const auto again = apply();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->points, 1u);
}

TEST_F(Trust, WithoutAManifestNothingIsApplied) {
  std::filesystem::remove_all(origin_.path() + "/patches");
  EXPECT_EQ(error(), condition::absent);
  EXPECT_FALSE(is_patched());
}

TEST_F(Trust, OtherKeysAreRefused) {
  EXPECT_EQ(apply({kOtherPublicKey}).error(), errc::bad_signature);
  EXPECT_EQ(apply({}).error(), errc::bad_signature);
  EXPECT_EQ(apply({"no key"}).error(), errc::bad_key);
  EXPECT_EQ(apply({kRsaPublicKey}).error(), errc::bad_key);
  EXPECT_FALSE(is_patched());
  EXPECT_TRUE(apply({kOtherPublicKey, kPublicKey})) << "one of several is enough";
  EXPECT_TRUE(apply({kPublicKeyAsHex + "\n"}));
  EXPECT_EQ(make_error_code(errc::bad_signature), condition::untrusted);
}

TEST_F(Trust, EveryChangedByteOfTheManifestIsRefused) {
  const std::string good = read_file(origin_.path() + "/patches/manifest.json");
  start();
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {  // but the line's end
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    publish("patches/manifest.json", bad);
    const auto refused = error();
    EXPECT_TRUE(refused == errc::bad_signature || refused == errc::bad_manifest)
        << i << " " << refused.message();
  }
  EXPECT_FALSE(is_patched());
  publish("patches/manifest.json", good);
  EXPECT_TRUE(apply());
}

TEST_F(Trust, AnotherScriptThanTheManifestNamesIsRefused) {
  publish("patches/fix.lua", std::string(kScript) + " ");
  EXPECT_EQ(error(), errc::bad_script);
  EXPECT_EQ(make_error_code(errc::bad_script), condition::damaged);
  std::filesystem::remove(origin_.path() + "/patches/fix.lua");
  EXPECT_EQ(error(), condition::absent);
  EXPECT_FALSE(is_patched());
}

TEST_F(Trust, OlderManifestsAreRefusedAlsoAfterARestart) {
  const std::string old = read_file(origin_.path() + "/patches/manifest.json");
  manifest_.sequence = 6;
  publish_manifest();
  ASSERT_TRUE(apply());
  publish("patches/manifest.json", old);
  EXPECT_EQ(error(), errc::replayed);
  EXPECT_TRUE(is_patched()) << "the newer one stays";
  start();
  EXPECT_EQ(error(), errc::replayed);
  EXPECT_FALSE(is_patched());
}

TEST_F(Trust, ASequenceIsUsedOnce) {
  ASSERT_TRUE(apply());
  manifest_.id = "another";
  publish_manifest();
  EXPECT_EQ(error(), errc::replayed);
}

TEST_F(Trust, OtherProgramsAndBuildsAreRefused) {
  for (const std::uint64_t build : {9u, 20u, 0u}) {
    options_.build = build;
    start();
    EXPECT_EQ(error(), errc::wrong_build) << build;
  }
  options_.build = 19;
  options_.app = "other";
  start();
  EXPECT_EQ(error(), errc::wrong_build);
  options_.app = "game";
  start();
  EXPECT_TRUE(apply());
}

TEST_F(Trust, APointWithAnotherSignatureIsRefused) {
  manifest_.points[0].signature_hash = "0123456789abcdef";
  publish_manifest();
  EXPECT_EQ(error(), errc::wrong_point);
  manifest_.points = {{"smal(unsigned char)", "0123456789abcdef"}};
  publish_manifest();
  EXPECT_EQ(error(), errc::wrong_point);
  EXPECT_THAT(patched_->log_text(), HasSubstr("near it are small(unsigned char)"));
  EXPECT_EQ(make_error_code(errc::wrong_point), condition::untrusted);
}

TEST_F(Trust, OnlyPointsThatTheManifestNamesCanBePatched) {
  manifest_.points = target("large(long)");
  publish_manifest();
  EXPECT_EQ(error(), errc::wrong_point);
  EXPECT_FALSE(is_patched());
}

TEST_F(Trust, NorByAPatchThatRuns) {
  const std::string script =
      "local hf = require 'larder.hotfix'\n"
      "hf.patch('small', function(n) hf.patch('large', function() return 1 end) end)";
  manifest_.scripts[0].sha256 = hotfix::sha256_hex(script);
  publish("patches/fix.lua", script);
  publish_manifest();
  ASSERT_TRUE(apply());
  EXPECT_EQ(sample::small(1), 1);
  EXPECT_EQ(sample::large(7), 7);
  EXPECT_THAT(patched_->failure(), HasSubstr("large(long) is not among the points"));
}

TEST_F(Trust, TheOriginCanTakeASetBack) {
  ASSERT_TRUE(apply());
  const std::string patch = read_file(origin_.path() + "/patches/manifest.json");
  manifest_.sequence = 6;
  manifest_.kill = true;
  manifest_.scripts.clear();
  publish_manifest();
  const auto killed = apply();
  ASSERT_TRUE(killed);
  EXPECT_TRUE(killed->killed);
  EXPECT_TRUE(killed->changed);
  EXPECT_FALSE(is_patched());
  publish("patches/manifest.json", patch);
  EXPECT_EQ(error(), errc::replayed) << "it does not come back";
  start();
  EXPECT_EQ(error(), errc::replayed);
}

TEST_F(Trust, AKillSwitchNeedsASignatureToo) {
  ASSERT_TRUE(apply());
  manifest_.sequence = 6;
  manifest_.kill = true;
  manifest_.scripts.clear();
  publish_manifest(kOtherPrivateKey);
  EXPECT_EQ(error(), errc::bad_signature);
  EXPECT_TRUE(is_patched());
}

TEST_F(Trust, ASetThatCrashesTheProgramIsQuarantined) {
  for (int crash = 0; crash < 3; ++crash) {
    start();  // and never confirmed
    EXPECT_TRUE(apply()) << crash;
  }
  start();
  EXPECT_EQ(error(), errc::quarantined);
  EXPECT_FALSE(is_patched());
  manifest_.sequence = 6;
  publish_manifest();
  EXPECT_TRUE(apply()) << "a newer set gets a new chance";
}

TEST_F(Trust, AConfirmedStartIsNoCrash) {
  for (int run = 0; run < 10; ++run) {
    start();
    ASSERT_TRUE(apply()) << run;
    ASSERT_TRUE(patched_->runtime.confirm_start());
  }
}

TEST_F(Trust, ASetThatWasRolledBackStaysAway) {
  ASSERT_TRUE(apply());
  ASSERT_TRUE(patched_->runtime.rollback("fix"));
  EXPECT_FALSE(is_patched());
  EXPECT_EQ(error(), errc::quarantined);
  start();
  EXPECT_EQ(error(), errc::quarantined);
  manifest_.sequence = 6;
  publish_manifest();
  EXPECT_TRUE(apply());
}

TEST_F(Trust, ANewerSetReplacesTheOneBefore) {
  ASSERT_TRUE(apply());
  const std::string script =
      "require('larder.hotfix').patch('large', function(n) return n + 1 end)";
  manifest_.sequence = 9;
  manifest_.scripts = {{"patches/more.lua", hotfix::sha256_hex(script)}};
  manifest_.points = target("large(long)");
  publish("patches/more.lua", script);
  publish_manifest();
  ASSERT_TRUE(apply());
  EXPECT_FALSE(is_patched());
  EXPECT_EQ(sample::large(1), 2);
}

TEST_F(Trust, ADamagedStateFileIsReportedAndReplaced) {
  ASSERT_TRUE(apply());
  patched_.reset();
  for (const char* text : {"", "{", "[]", "{\"sources\":{\"a\":{\"sequence\":-1}}}", "\xff\xff"}) {
    write_file(options_.state_file, text);
    start();
    EXPECT_THAT(patched_->log_text(), HasSubstr("is damaged")) << text;
    EXPECT_TRUE(apply());
  }
}

TEST_F(Trust, WithoutAPlaceToRememberNothingIsApplied) {
  options_.state_file = state_.path() + "/missing/folder/state";
  EXPECT_EQ(error(), errc::bad_state);
  EXPECT_FALSE(is_patched());
}

TEST(Manifest, IsReadAsItWasWritten) {
  const Manifest manifest{
      .app = "a \"b\"",
      .id = "id",
      .sequence = ~std::uint64_t{0},
      .first_build = 1,
      .last_build = ~std::uint64_t{0},
      .scripts = {{"b.lua", std::string(64, 'a')}, {"a.lua", std::string(64, 'b')}},
      .points = {{"f(int)", std::string(16, 'c')}}};
  std::string why;
  const auto read = hotfix::read_manifest(hotfix::write_manifest(manifest), why);
  ASSERT_TRUE(read) << why;
  EXPECT_EQ(read->app, manifest.app);
  EXPECT_EQ(read->sequence, manifest.sequence);
  EXPECT_EQ(read->last_build, manifest.last_build);
  ASSERT_EQ(read->scripts.size(), 2u);
  EXPECT_EQ(read->scripts[0].path, "b.lua") << "in their order";
  EXPECT_EQ(read->points[0].signature_hash, std::string(16, 'c'));
}

/// Random damage to valid files: never a crash, and no forged manifest.
TEST(Manifest, DamagedOnesAreRefused) {
  const Manifest manifest{.app = "app",
                          .id = "id",
                          .sequence = 1,
                          .scripts = {{"a.lua", std::string(64, 'b')}},
                          .points = {{"f(int)", std::string(16, 'c')}}};
  const std::string text = hotfix::write_manifest(manifest);
  const std::string sealed = *hotfix::seal(text, kPrivateKey);
  std::mt19937 random(1);
  const auto damage = [&](std::string bytes) {
    for (int edits = 1 + static_cast<int>(random() % 4); edits > 0; --edits) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.erase(at, random() % 9); break;
        case 2: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20)); break;
        default: bytes[at] = "\"{}[]:,0-\\"[random() % 10];
      }
      if (bytes.empty()) bytes = " ";
    }
    return bytes;
  };
  std::string why;
  int readable = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (hotfix::read_manifest(damage(text), why)) ++readable;
    if (i % 20 == 0) {
      const auto opened = hotfix::open_seal(damage(sealed), {kPublicKey});
      if (opened) {
        EXPECT_EQ(*opened, text);
      }
    }
  }
  EXPECT_GT(readable, 0) << "the damage is worth the name only if some of it is subtle";
  EXPECT_FALSE(hotfix::read_manifest("{}", why));
  EXPECT_FALSE(hotfix::read_manifest(std::string(100'000, '['), why));
}

}  // namespace
}  // namespace larder::test
