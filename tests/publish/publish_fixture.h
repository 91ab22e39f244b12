// A tree, an origin, and what a client would see of it.
#pragma once

#include <sys/stat.h>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "filetable/origin_names.h"
#include "filetable/page_tree.h"
#include "publish/origin_pages.h"
#include "publish/publish.h"
#include "support/faulty_file_system.h"
#include "tree_fixture.h"
#include "trust/envelope.h"

namespace larder::publish {

class PublishFixture : public TreeFixture {
 protected:
  PublishFixture() {
    options_.directory = tree();
    options_.origin = beside("origin");
    options_.threads = 2;
    options_.level = 3;
    options_.now = trust::Time(std::chrono::seconds(1800000000));
  }

  Result<PublishResult> publish() {
    why_.clear();
    return publish_release(options_, &why_);
  }
  PublishResult must_publish() {
    auto result = publish();
    EXPECT_TRUE(result) << why_;
    return result ? *result : PublishResult{};
  }

  /// Makes all files look as if they were written long ago, so that the next run believes them.
  void age_tree() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree()))
      if (entry.is_regular_file()) {
        const timespec times[2] = {{1700000000, 0}, {1700000000, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, entry.path().c_str(), times, 0), 0);
      }
  }

  [[nodiscard]] std::optional<trust::Head> head(const std::string& channel = "stable") const {
    const std::string place = options_.origin + "/" + filetable::head_path(channel);
    if (!std::filesystem::exists(place)) return std::nullopt;
    const auto envelope = trust::Envelope::parse(test::read_file(place), nullptr);
    EXPECT_TRUE(envelope);
    auto head = trust::Head::parse(envelope->text, nullptr);
    EXPECT_TRUE(head);
    return head;
  }

  /// path → content of a release as a client gets it: every page and object checked.
  [[nodiscard]] Files fetch(const trust::TableRef& table) const {
    Files files;
    const filetable::PageTree pages(reference_of(table),
                                    std::make_shared<OriginPages>(options_.origin));
    filetable::TreeCursor cursor(pages);
    auto more = cursor.seek("");
    for (; more && *more; more = cursor.next()) {
      if (cursor.entry().tombstone) continue;
      const auto content = read_content(options_.origin, cursor.entry());
      EXPECT_TRUE(content) << cursor.path();
      if (!content) continue;
      files[std::string(cursor.path())].assign(reinterpret_cast<const char*>(content->data()),
                                               content->size());
    }
    EXPECT_TRUE(more);
    return files;
  }
  [[nodiscard]] Files fetch() const { return head() ? fetch(head()->table) : Files(); }

  /// All files of the origin but the publisher's own.
  [[nodiscard]] Files origin_files() const {
    Files files = files_below(options_.origin);
    std::erase_if(files, [](const auto& file) { return file.first.starts_with(".larder/"); });
    return files;
  }

  static std::string text(unsigned seed, std::size_t size) {
    std::string text;
    for (unsigned i = seed; text.size() < size; i = i * 1103515245 + 12345)
      text += "line " + std::to_string(i % 10007) + "\n";
    return text;
  }
  static std::string noise(unsigned seed, std::size_t size) {
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  }

  PublishOptions options_;
  std::string why_;
};

}  // namespace larder::publish
