#include "bundle/native_bundle.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "bundle/bundle_writer.h"
#include "digest/hash.h"
#include "support/faulty_file_system.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::bundle {
namespace {

Digest digest_of(const std::string& text) {
  return digest::sha256(std::as_bytes(std::span(text)));
}

Entry entry_of(const std::string& text) {
  Entry entry;
  entry.key = ObjectKey::of(digest_of(text));
  return entry;
}

class NativeBundleTest : public ::testing::Test {
 protected:
  void write(const std::string& file, sys::FileSystem& fs = sys::FileSystem::real()) {
    auto writer = BundleWriter::create(file, fs);
    ASSERT_TRUE(writer);
    for (const std::string& text : contents_)
      ASSERT_TRUE((*writer)->add(digest_of(text), std::as_bytes(std::span(text))));
    ASSERT_TRUE((*writer)->finish({digest_of(contents_[0]), 17, 5}, "the head"));
  }
  static Result<std::shared_ptr<NativeBundle>> open(const std::string& place,
                                                    FirstUse first_use = FirstUse::sha256) {
    return NativeBundle::open(parse_place(place), first_use, nullptr);
  }
  /// Every object is lent right, or not at all.
  void expect_right_or_nothing(NativeBundle& bundle) const {
    for (const std::string& text : contents_) {
      const auto blob = bundle.lend(entry_of(text));
      if (blob)
        EXPECT_EQ(blob->text(), text);
      else
        EXPECT_TRUE(blob.error() == errc::not_found || blob.error() == errc::damaged);
    }
  }

  test::TempDirectory folder_;
  const std::string file_ = folder_ / "app.larder";
  const std::vector<std::string> contents_ = {
      "a", "", "bb", std::string(5000, 'c'), std::string(100'000, 'd'), "the last one"};
};

TEST_F(NativeBundleTest, LendsWhatWasWritten) {
  write(file_);
  for (const FirstUse policy : {FirstUse::none, FirstUse::fast, FirstUse::sha256}) {
    const auto bundle = open(file_, policy);
    ASSERT_TRUE(bundle);
    EXPECT_EQ((*bundle)->size(), contents_.size());
    EXPECT_EQ((*bundle)->head(), "the head");
    EXPECT_EQ((*bundle)->table().digest, digest_of("a"));
    EXPECT_EQ((*bundle)->table().bytes, 17u);
    EXPECT_EQ((*bundle)->table().entries, 5u);
    for (const std::string& text : contents_) {
      const auto blob = (*bundle)->lend(entry_of(text));
      ASSERT_TRUE(blob);
      EXPECT_EQ(blob->text(), text);
      EXPECT_EQ(blob->source(), Source::bundle);
      EXPECT_EQ((*bundle)->size_of(entry_of(text)), text.size());
    }
    EXPECT_FALSE((*bundle)->holds(entry_of("something else")));
    EXPECT_EQ((*bundle)->lend(entry_of("something else")).error(), errc::not_found);
    EXPECT_TRUE((*bundle)->verify(nullptr));
  }
}

TEST_F(NativeBundleTest, LendsWithoutCopyingAndBeyondItsOwnLife) {
  write(file_);
  auto bundle = *open(file_);
  const Blob first = *bundle->lend(entry_of(contents_[4]));
  const Blob again = *bundle->lend(entry_of(contents_[4]));
  EXPECT_EQ(first.data(), again.data());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.data()) % 4096, 0u);
  bundle.reset();
  EXPECT_EQ(first.text(), contents_[4]);
}

TEST_F(NativeBundleTest, IsReadFromInsideAnotherFile) {
  write(file_);
  const std::string bytes = test::read_file(file_);
  test::write_file(folder_ / "app.apk", "PK header" + bytes + "and a directory of an archive");
  const std::string place = folder_ / ("app.apk@9+" + std::to_string(bytes.size()));
  EXPECT_TRUE(is_native_bundle(parse_place(place)));
  EXPECT_FALSE(is_native_bundle(parse_place(folder_ / "app.apk")));
  const auto bundle = open(place);
  ASSERT_TRUE(bundle);
  EXPECT_TRUE((*bundle)->verify(nullptr));
  EXPECT_EQ((*bundle)->lend(entry_of("bb"))->text(), "bb");
  EXPECT_EQ(open(folder_ / "app.apk@9+100").error(), errc::bad_bundle);
  EXPECT_EQ(open(folder_ / "app.apk@9+18446744073709551610").error(), errc::bad_bundle);
}

TEST_F(NativeBundleTest, PlacesAreFilesUnlessTheySayOtherwise) {
  EXPECT_EQ(parse_place("a@b+c").file, "a@b+c");
  EXPECT_EQ(parse_place("a@1").file, "a@1");
  EXPECT_EQ(parse_place("a+1@2").file, "a+1@2");
  const auto place = parse_place("me@home@12+34");
  EXPECT_EQ(place.file, "me@home");
  EXPECT_EQ(place.offset, 12u);
  EXPECT_EQ(place.length, 34u);
}

TEST_F(NativeBundleTest, ADamagedObjectIsToldOnceAndThenAbsent) {
  write(file_);
  std::string bytes = test::read_file(file_);
  bytes[bytes.find("ddddd") + 50'000] = 'e';
  test::write_file(file_, bytes);
  for (const FirstUse policy : {FirstUse::fast, FirstUse::sha256}) {
    auto bundle = *open(file_, policy);
    EXPECT_EQ(bundle->lend(entry_of(contents_[4])).error(), errc::damaged);
    EXPECT_EQ(bundle->lend(entry_of(contents_[4])).error(), errc::not_found);
    EXPECT_FALSE(bundle->holds(entry_of(contents_[4])));
    EXPECT_TRUE(bundle->lend(entry_of(contents_[3])));
    std::string why;
    EXPECT_EQ(bundle->verify(&why).error(), errc::damaged);
    EXPECT_FALSE(why.empty());
  }
}

TEST_F(NativeBundleTest, CutAnywhereIsRefused) {
  write(file_);
  const std::string bytes = test::read_file(file_);
  for (std::size_t length = 0; length < bytes.size(); length += length < 100 ? 1 : 997) {
    test::write_file(folder_ / "cut", bytes.substr(0, length));
    std::string why;
    EXPECT_EQ(NativeBundle::open({folder_ / "cut"}, FirstUse::sha256, &why).error(),
              errc::bad_bundle);
    EXPECT_FALSE(why.empty());
  }
  test::write_file(folder_ / "longer", bytes + "x");
  EXPECT_EQ(open(folder_ / "longer").error(), errc::bad_bundle);
  EXPECT_EQ(open(folder_ / "nothing").error(), errc::bad_bundle);
}

TEST_F(NativeBundleTest, FlippedAnywhereLendsRightBytesOrNone) {
  write(file_);
  const std::string bytes = test::read_file(file_);
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    std::string flipped = bytes;
    // Half of them in the header and the directory, where there is something to get wrong.
    const std::size_t tail = 60 + 8 + 56 * contents_.size();
    std::size_t at = random() % bytes.size();
    if (round % 4 == 0) at = random() % 72;
    if (round % 4 == 1) at = bytes.size() - 1 - random() % tail;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random() % 8));
    test::write_file(folder_ / "flipped", flipped);
    if (const auto bundle = open(folder_ / "flipped")) expect_right_or_nothing(**bundle);
  }
}

/// A directory that was forged with a right digest: sizes and offsets must still make sense.
TEST_F(NativeBundleTest, AForgedDirectoryLeadsNowhere) {
  write(file_);
  const std::string bytes = test::read_file(file_);
  std::uint64_t offset = 0;
  for (int i = 7; i >= 0; --i)
    offset = offset << 8 | static_cast<unsigned char>(bytes[16 + static_cast<std::size_t>(i)]);
  std::mt19937 random(11);
  for (int round = 0; round < 400; ++round) {
    std::string forged = bytes;
    for (int i = 0; i < 1 + round % 5; ++i)
      forged[offset + random() % (forged.size() - offset)] = static_cast<char>(random());
    const Digest digest = digest_of(forged.substr(offset));
    forged.replace(32, 32, reinterpret_cast<const char*>(digest.bytes.data()), 32);
    test::write_file(folder_ / "forged", forged);
    if (const auto bundle = open(folder_ / "forged")) expect_right_or_nothing(**bundle);
  }
}

TEST_F(NativeBundleTest, AWriterThatFailsLeavesTheOldFile) {
  for (std::uint64_t n = 0;; ++n) {
    test::write_file(file_, "old");
    test::FaultyFileSystem fs;
    fs.fail_at(n);
    bool good = false;
    {
      auto writer = BundleWriter::create(file_, fs);
      good = writer && (*writer)->add(digest_of("a"), std::as_bytes(std::span("a", 1))) &&
             (*writer)->finish({digest_of("a"), 1, 1}, "");
    }
    const bool failed = fs.failed();
    fs.heal();
    EXPECT_TRUE(good ? open(file_).has_value() : test::read_file(file_) == "old") << n;
    ASSERT_LT(n, 50u);
    if (!failed) break;
  }
}

}  // namespace
}  // namespace larder::bundle
