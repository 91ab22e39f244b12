// NativeTree: a native release as a directory, made without the publisher.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "codec/zstd.h"
#include "digest/hash.h"
#include "filetable/delta_table.h"
#include "filetable/index_pack.h"
#include "filetable/origin_names.h"
#include "filetable/page_tree.h"
#include "filetable/page_writer.h"
#include "support/whole_files.h"
#include "trust/envelope.h"
#include "trust/head.h"

namespace larder::test {

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

struct NativeTree {
  std::map<std::string, std::string> files;
  std::vector<std::string> tombstones;

  /// Of the last write().
  trust::Head head;
  std::map<std::string, filetable::FileEntry> entries;
  std::vector<std::pair<filetable::PageReference, std::string>> pages;  ///< children first

  /// Puts objects and pages onto the origin, and fills `head` but for what a publisher decides.
  void write(const std::filesystem::path& origin) {
    entries.clear();
    pages.clear();
    head.content_bytes = head.download_bytes = 0;
    std::vector<filetable::NamedEntry> named;
    for (const auto& [path, content] : files) {
      const auto entry = write_object(origin, content);
      head.content_bytes += entry.size_bytes;
      head.download_bytes += entry.encoded_bytes;
      entries[path] = entry;
      named.push_back({path, entry});
    }
    filetable::FileEntry gone;
    gone.tombstone = true;
    for (const std::string& path : tombstones) named.push_back({path, gone});
    std::sort(named.begin(), named.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    const auto root = filetable::write_tree(
        named, [&](const filetable::PageReference& page, std::string_view bytes) -> Result<void> {
          pages.emplace_back(page, std::string(bytes));
          write_file(origin / filetable::object_path(page.digest, Encoding::identity), bytes);
          return {};
        });
    if (!root) throw std::runtime_error(root.error().message());
    head.table = {root->digest, root->bytes, root->entries};
    if (head.channel.empty()) head.channel = "stable";
    if (head.published == trust::Time{})
      head.published = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }

  /// Adds a pack of all pages.
  void write_pack(const std::filesystem::path& origin) {
    std::vector<std::string_view> all;
    for (auto page = pages.rbegin(); page != pages.rend(); ++page) all.push_back(page->second);
    const std::string pack = filetable::write_pack(all);
    const Digest digest = digest::sha256(bytes_of(pack));
    write_file(origin / filetable::object_path(digest, Encoding::identity), pack);
    head.pack = trust::ObjectRef{digest, pack.size()};
  }

  /// Adds patches from `before` for all files that changed and for the root page, and the table of
  /// them.
  void write_deltas(const std::filesystem::path& origin, const NativeTree& before) {
    std::vector<filetable::PatchNote> notes;
    codec::ZstdEncoder encoder;
    const auto add = [&](const Digest& target, const std::string& bytes, const Digest& base,
                         const std::string& base_bytes) {
      std::vector<std::byte> patch;
      if (target == base ||
          !encoder.make_patch(bytes_of(bytes), bytes_of(base_bytes), 3, bytes.size() + 1000, patch))
        return;
      write_file(origin / filetable::patch_path(target, base),
                 std::string_view(reinterpret_cast<const char*>(patch.data()), patch.size()));
      notes.push_back({target, base, patch.size()});
    };
    for (const auto& [path, entry] : entries)
      if (const auto old = before.entries.find(path); old != before.entries.end())
        add(entry.digest, files.at(path), old->second.digest, before.files.at(path));
    add(pages.back().first.digest, pages.back().second, before.pages.back().first.digest,
        before.pages.back().second);
    const std::string table = filetable::write_delta_table(notes);
    const Digest digest = digest::sha256(bytes_of(table));
    write_file(origin / filetable::object_path(digest, Encoding::identity), table);
    head.previous = {
        {before.head.version, before.head.table, trust::ObjectRef{digest, table.size()}}};
  }

  /// Signs the head and puts it where clients look.
  void announce(const std::filesystem::path& origin, std::uint64_t version,
                const std::vector<const trust::PrivateKey*>& keys) {
    head.version = version;
    trust::Envelope envelope{head.serialise(), {}};
    for (const auto* key : keys) envelope.sign(*key);
    const std::string file = origin / filetable::head_path(head.channel);
    write_file(file + ".new", envelope.serialise());
    std::filesystem::rename(file + ".new", file);
  }

 private:
  static filetable::FileEntry write_object(const std::filesystem::path& origin,
                                           const std::string& content) {
    filetable::FileEntry entry;
    entry.digest = digest::sha256(bytes_of(content));
    entry.size_bytes = entry.encoded_bytes = content.size();
    std::vector<std::byte> frame;
    codec::ZstdEncoder encoder;
    if (content.size() > 100 &&
        encoder.compress(bytes_of(content), 3, content.size() * 95 / 100, frame)) {
      entry.encoding = Encoding::zstd;
      entry.encoded_bytes = frame.size();
    }
    const auto file = origin / filetable::object_path(entry.digest, entry.encoding);
    if (entry.encoding == Encoding::zstd)
      write_file(file, std::string_view(reinterpret_cast<const char*>(frame.data()), frame.size()));
    else
      write_file(file, content);
    return entry;
  }
};

}  // namespace larder::test
