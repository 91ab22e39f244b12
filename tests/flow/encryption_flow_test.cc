// Encrypted releases and bundles, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle_writer.h"
#include "flow/published_game.h"
#include "publish/make_bundle.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using ::testing::HasSubstr;
using ::testing::Not;

ContentKey key_of(unsigned char fill) {
  ContentKey key;
  key.fill(std::byte{fill});
  return key;
}

class EncryptionFlow : public ::testing::Test {
 protected:
  EncryptionFlow() {
    files_["empty"] = "";
    files_["scripts/main.lua"] = "print('a secret')\n";
    // Larger than what is encrypted in memory.
    for (std::int64_t i = 0; i < 300'000; ++i)
      files_["large.bin"] +=
          "line " + std::to_string(i * 7919) + " of the secret, and some more text\n";
    write_tree();
  }
  void write_tree() { test::write_tree(tree(), files_); }
  publish::PublishResult publish(const ContentKey& key = key_of(1)) {
    publish::PublishOptions options = test::publish_options(game_, tree());
    options.content_key = key;
    std::string why;
    auto published = publish::publish_release(options, &why);
    EXPECT_TRUE(published) << why;
    return std::move(*published);
  }
  Options app(std::vector<ContentKey> keys = {key_of(1)}) {
    Options options = game_.app();
    options.content_keys = content_keys(std::move(keys));
    return options;
  }
  void expect_all(Vfs& vfs, Source source) {
    for (const auto& [path, content] : files_) expect_content(vfs, path, content, source);
  }
  /// Whether any file below a directory has that text in it.
  static bool is_anywhere(const std::filesystem::path& directory, const std::string& text) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory))
      if (file.is_regular_file() && test::read_file(file.path()).find(text) != std::string::npos)
        return true;
    return false;
  }
  [[nodiscard]] std::filesystem::path tree() const { return game_.scratch() / "tree"; }

  NativeGame game_;
  std::map<std::string, std::string> files_;
};

TEST_F(EncryptionFlow, IsReadWithTheKeyAndLiesNowhereInTheClear) {
  publish();
  EXPECT_FALSE(is_anywhere(game_.root(), "secret"));
  {
    Vfs vfs = game_.open(app({key_of(9), key_of(1)}));
    expect_all(vfs, Source::origin);
    expect_all(vfs, Source::store);
    const auto stat = vfs.stat("large.bin");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->size_bytes, files_["large.bin"].size());
    EXPECT_EQ(vfs.explain("large.bin")->size_bytes, files_["large.bin"].size());
    std::promise<Result<Blob>> promise;
    vfs.read_async("scripts/main.lua", [&](Result<Blob> blob) { promise.set_value(blob); });
    EXPECT_EQ(promise.get_future().get()->text(), files_["scripts/main.lua"]);
  }
  EXPECT_FALSE(is_anywhere(game_.scratch() / "store", "secret"));
}

TEST_F(EncryptionFlow, AsynchronousReadsOpenWhatTheyWaitedFor) {
  publish();
  Vfs vfs = game_.open(app());
  std::promise<Result<Blob>> promise;
  vfs.read_async("large.bin", [&](Result<Blob> blob) { promise.set_value(blob); });
  const auto blob = promise.get_future().get();
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->text(), files_["large.bin"]);
}

TEST_F(EncryptionFlow, PartsOfAFileAreOpenedOneByOne) {
  publish();
  Vfs vfs = game_.open(app());
  const std::string& large = files_["large.bin"];
  for (const bool local : {false, true}) {
    auto file = vfs.open_file("large.bin", {.before_verified = !local});
    ASSERT_TRUE(file);
    EXPECT_EQ(file->size_bytes(), large.size());
    std::string part(100'000, ' ');
    const auto into = std::as_writable_bytes(std::span(part));
    for (const std::size_t offset : {std::size_t{0}, std::size_t{65'530}, large.size() - 1000}) {
      const auto count = file->read(offset, into);
      ASSERT_TRUE(count) << count.error().message();
      EXPECT_EQ(*count, std::min(part.size(), large.size() - offset));
      EXPECT_EQ(part.substr(0, *count), large.substr(offset, part.size())) << offset;
    }
    EXPECT_TRUE(file->complete());
    EXPECT_EQ(file->size_bytes(), large.size());
    EXPECT_EQ(file->whole()->text(), large);
    EXPECT_EQ(*file->read(large.size(), into), 0u);
  }
}

TEST_F(EncryptionFlow, AReadFilterGetsWhatWasInTheEnvelope) {
  publish();
  Options options = app();
  options.read_filter = [](std::string_view, Blob content) -> Result<Blob> {
    EXPECT_THAT(std::string(content.text()), HasSubstr("secret"));
    return content;
  };
  Vfs vfs = game_.open(options);
  expect_content(vfs, "scripts/main.lua", files_["scripts/main.lua"], Source::origin);
  auto file = vfs.open_file("scripts/main.lua");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->whole()->text(), files_["scripts/main.lua"]);
}

TEST_F(EncryptionFlow, WithoutTheKeyNothingIsHandedOut) {
  publish();
  Vfs none = game_.open(app({}));
  EXPECT_EQ(none.read("scripts/main.lua").error(), errc::no_key);
  EXPECT_EQ(none.try_read("scripts/main.lua").error(), errc::no_key);
  EXPECT_THAT(game_.log(), HasSubstr("encrypted with the key " + *content_key_id(key_of(1))));
  Options options = game_.app();
  options.content_keys = [](std::string_view) { return Result<ContentKey>(key_of(2)); };
  Vfs wrong = game_.open(options);
  EXPECT_EQ(wrong.read("scripts/main.lua").error(), errc::damaged);
  auto file = wrong.open_file("scripts/main.lua");
  ASSERT_TRUE(file);
  std::byte byte{};
  EXPECT_EQ(file->read(0, std::span(&byte, 1)).error(), errc::damaged);
}

TEST_F(EncryptionFlow, PublishingTheSameAgainWritesNothing) {
  publish();
  const auto again = publish();
  EXPECT_EQ(again.new_files, 0u);
  files_["scripts/main.lua"] += "print('more')\n";
  test::write_file(tree() / "scripts/main.lua", files_["scripts/main.lua"]);
  const auto changed = publish();
  EXPECT_LT(changed.new_bytes, 10'000u) << "the large file stays as it is";
  Vfs vfs = game_.open(app());
  expect_all(vfs, Source::origin);
  publish(key_of(3));  // of another key, all is another content
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.read("large.bin").error(), errc::no_key);
}

TEST_F(EncryptionFlow, BundlesAreEncryptedToo) {
  const std::string file = game_.scratch() / "game.larder";
  publish::FileList list;
  for (const auto& [path, content] : files_) list.add(path, content.size());
  auto writer = bundle::BundleWriter::create(file);
  ASSERT_TRUE(writer);
  publish::BundleRequest request;
  request.directory = tree();
  request.files = &list;
  request.includes = [](std::string_view) { return true; };
  request.content_key = key_of(1);
  const auto made = publish::make_bundle(request, **writer);
  ASSERT_TRUE(made && made->problems.empty());
  EXPECT_THAT(test::read_file(file), Not(HasSubstr("secret")));
  Options options;
  options.bundles = {file};
  options.content_keys = content_keys({key_of(1)});
  Vfs vfs = NativeGame::open(options);
  expect_all(vfs, Source::bundle);
}

}  // namespace
}  // namespace larder
