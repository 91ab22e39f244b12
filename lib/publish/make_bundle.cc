#include "publish/make_bundle.h"

#include <algorithm>
#include <optional>

#include "base/content_path.h"
#include "base/heap_blob.h"
#include "digest/hash.h"
#include "encryption/encrypted_content.h"
#include "filetable/page_writer.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

/// One run of make_bundle().
class Making {
 public:
  Making(const BundleRequest& request, bundle::BundleWriter& writer)
      : request_(request), writer_(writer) {}

  Result<BundleReport> run() {
    const auto done = request_.release ? from_release() : from_files();
    if (!done) return done.error();
    return std::move(report_);
  }

 private:
  Result<void> from_release() {
    const auto& release = *request_.release;
    report_.table_files = release.tree->root().entries;
    const auto added = for_each_file([&](std::string_view path) -> Result<void> {
      if (!request_.includes(path)) return {};
      const auto entry = release.tree->find(path);
      if (!entry || entry->tombstone) return problem(path, "is not in the release");
      return add(path, entry->digest);
    });
    if (!added || !report_.problems.empty()) return added;
    for (const auto& [page, bytes] : release.pages)
      if (const auto put = writer_.add(page.digest, bytes.bytes()); !put) return put;
    const auto& root = release.tree->root();
    return writer_.finish({root.digest, root.bytes, root.entries}, release.head);
  }

  Result<void> from_files() {
    std::vector<filetable::NamedEntry> entries;
    const auto added = for_each_file([&](std::string_view path) -> Result<void> {
      const auto file = read(path);
      if (!file) return {};
      const Blob bytes = published(*file);
      filetable::FileEntry entry;
      entry.digest = digest::sha256(bytes.bytes());
      entry.size_bytes = entry.encoded_bytes = bytes.size();
      entry.encrypted = request_.content_key.has_value();
      entry.plain_bytes = entry.encrypted ? file->size() : 0;
      entries.push_back({std::string(path), entry});
      return request_.includes(path) ? put(entry.digest, bytes) : Result<void>();
    });
    if (!added || !report_.problems.empty()) return added;
    report_.table_files = entries.size();
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    const auto root = filetable::write_tree(
        entries, [&](const filetable::PageReference& page, std::string_view bytes) {
          return writer_.add(page.digest, std::as_bytes(std::span(bytes)));
        });
    if (!root) return root.error();
    return writer_.finish({root->digest, root->bytes, root->entries}, "");
  }

  template <class Each>
  Result<void> for_each_file(const Each& each) {
    for (std::size_t i = 0; i < request_.files->size(); ++i) {
      if (request_.progress) request_.progress(i);
      const std::string_view path = request_.files->path(i);
      if (const auto done = each(path); !done) return done;
    }
    return {};
  }

  /// Adds a file that must have this content.
  Result<void> add(std::string_view path, const Digest& digest) {
    const auto file = read(path);
    if (!file) return {};
    const Blob bytes = published(*file);
    if (digest::sha256(bytes.bytes()) != digest) return problem(path, "differs from the release's");
    return put(digest, bytes);
  }

  Result<void> put(const Digest& digest, const Blob& bytes) {
    ++report_.files;
    report_.content_bytes += bytes.size();
    return writer_.add(digest, bytes.bytes());
  }

  /// The object that a file becomes.
  [[nodiscard]] Blob published(const Blob& file) const {
    if (!request_.content_key) return file;
    return make_heap_blob(encryption::Encryptor(*request_.content_key).encrypt(file.bytes()),
                          Source::bundle);
  }

  std::optional<Blob> read(std::string_view path) {
    if (const char* wrong = content_path_problem(path)) {
      static_cast<void>(problem(path, wrong));
      return std::nullopt;
    }
    auto bytes = sys::lend_file(request_.directory + "/" + std::string(path), Source::bundle);
    if (bytes) return std::move(*bytes);
    static_cast<void>(problem(path, bytes.error().message()));
    return std::nullopt;
  }

  Result<void> problem(std::string_view path, std::string what) {
    report_.problems.push_back({std::string(path), std::move(what)});
    return {};
  }

  const BundleRequest& request_;
  bundle::BundleWriter& writer_;
  BundleReport report_;
};

}  // namespace

Result<BundleReport> make_bundle(const BundleRequest& request, bundle::BundleWriter& writer) {
  return Making(request, writer).run();
}

}  // namespace larder::publish
