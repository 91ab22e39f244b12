// larder xxtea: files as quick-cocos2d-x and Cocos Creator encrypt them, for packing pipelines.
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "codec/gzip.h"
#include "codec/xxtea.h"
#include "command_line.h"
#include "interrupt_guard.h"
#include "output.h"
#include "publish/descriptor.h"
#include "publish/layadcc_warnings.h"
#include "publish/on_threads.h"
#include "publish/output_directory.h"
#include "publish/walk.h"
#include "sys/files.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "xxtea";
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;

struct Request {
  bool encrypt = false;
  std::string key;
  std::string sign{codec::kXxteaSign};  ///< empty: raw
  bool gzip = false;
  bool quiet = false;
  std::string from;
  std::string to;
};

/// What becomes of a file.
struct Converted {
  std::vector<std::byte> content;
  bool kept = false;  ///< as it was
};

class Converter {
 public:
  explicit Converter(const Request& request) : request_(request), key_(request.key) {}

  /// Empty, and a sentence in `why`.
  [[nodiscard]] std::optional<Converted> convert(std::vector<std::byte> content,
                                                 std::string& why) const {
    return request_.encrypt ? encrypt(std::move(content), why) : decrypt(std::move(content), why);
  }

 private:
  [[nodiscard]] bool is_raw() const { return request_.sign.empty(); }

  std::optional<Converted> encrypt(std::vector<std::byte> content, std::string& why) const {
    if (!is_raw() && codec::is_xxtea_envelope(content, request_.sign)) {
      why = "it is encrypted already: it begins with the sign";
      return std::nullopt;
    }
    if (request_.gzip) content = codec::gzip(content);
    if (content.empty() && !is_raw()) return Converted{{}, true};
    auto sealed = codec::xxtea_seal(content, key_, request_.sign);
    if (sealed) return Converted{std::move(*sealed)};
    why = content.empty() ? "it is empty, which the cipher has no form for; leave it out, or use "
                            "--gzip"
                          : sealed.error().message();
    return std::nullopt;
  }

  std::optional<Converted> decrypt(std::vector<std::byte> content, std::string& why) const {
    if (!is_raw() && !codec::is_xxtea_envelope(content, request_.sign))
      return Converted{std::move(content), true};
    auto plain = codec::xxtea_open(content, key_, request_.sign);
    if (!plain) {
      why = "it cannot be decrypted: the key is another, or the file is damaged";
      return std::nullopt;
    }
    if (!request_.gzip || !codec::is_gzip(*plain)) return Converted{std::move(*plain)};
    auto unpacked = codec::gunzip(*plain, kMaxFileBytes);
    if (unpacked) return Converted{std::move(*unpacked)};
    why = "what is gzipped in it cannot be unpacked: " + unpacked.error().message();
    return std::nullopt;
  }

  const Request& request_;
  const codec::XxteaKey key_;
};

std::optional<std::vector<std::byte>> read_whole(const std::string& path, std::string& why) {
  const auto text = sys::read_file(path, kMaxFileBytes);
  if (!text) {
    why = "it cannot be read: " + text.error().message();
    return std::nullopt;
  }
  const auto bytes = std::as_bytes(std::span(*text));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

int fail(const std::string& path, const std::string& why) {
  print_error(kName, publish::shown(path) + ": " + why);
  return kFailed;
}

int convert_file(const Request& request) {
  std::string why;
  auto content = read_whole(request.from, why);
  auto converted = content ? Converter(request).convert(std::move(*content), why) : std::nullopt;
  if (!converted) return fail(request.from, why);
  if (converted->kept && !request.encrypt)
    return fail(request.from, "it does not begin with the sign " + publish::shown(request.sign));
  const std::string_view text(reinterpret_cast<const char*>(converted->content.data()),
                              converted->content.size());
  const auto written = sys::replace_file(request.to, text);
  return written ? kDone : fail(request.to, written.error().message());
}

/// Converts all files of a tree; those of the output change at the end, and only if nothing failed.
class Tree {
 public:
  explicit Tree(const Request& request) : request_(request), converter_(request) {}

  int run() {
    const publish::Descriptor root(
        ::open(request_.from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return fail(request_.from, "the directory cannot be opened");
    publish::WalkRules rules;
    rules.takes_directory = [](std::string_view, std::string_view name) {
      return name != publish::OutputDirectory::kStagingName;
    };
    rules.takes_file = [](std::string_view) { return true; };
    rules.links = publish::Links::refuse;
    auto walked = publish::walk(root.get(), rules, &interrupted);
    if (!walked) return fail(request_.from, walked.error().message());
    for (const std::string& link : walked->links)
      walked->problems.push_back({link, "it is a symbolic link"});
    if (!walked->problems.empty())
      return fail(request_.from,
                  "there is what cannot be converted:" + publish::shown_lines(walked->problems));
    files_ = std::move(walked->files);
    auto output = publish::OutputDirectory::open(request_.to, sys::FileSystem::real());
    if (!output) return fail(request_.to, output.error().message());
    output_ = std::move(*output);
    return convert_all();
  }

 private:
  int convert_all() {
    if (!request_.quiet)
      bar_.emplace(request_.encrypt ? "encrypting" : "decrypting", files_.size());
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
    publish::run_on_threads(
        threads, [this] { work(); }, [this] { stopped_ = true; });
    bar_.reset();
    if (interrupted) return fail(request_.from, "cancelled");
    if (!why_.empty()) return fail(failed_, why_);
    if (const auto committed = output_->commit(); !committed)
      return fail(request_.to, committed.error().message());
    if (!request_.quiet)
      print_line(human_count(files_.size() - kept_, "file") +
                 (request_.encrypt ? " encrypted" : " decrypted") +
                 (kept_ == 0 ? "" : ", " + human_count(kept_, "file") + " copied as they are"));
    return kDone;
  }

  void work() {
    while (!stopped_ && !interrupted) {
      const std::size_t file = next_++;
      if (file >= files_.size()) return;
      std::string why;
      const bool done = convert(std::string(files_.path(file)), why);
      std::lock_guard lock(mutex_);
      if (bar_) bar_->show(++done_);
      if (done) continue;
      if (why_.empty()) {
        failed_ = files_.path(file);
        why_ = why;
      }
      stopped_ = true;
    }
  }

  bool convert(const std::string& path, std::string& why) {
    auto content = read_whole(request_.from + "/" + path, why);
    const auto converted = content ? converter_.convert(std::move(*content), why) : std::nullopt;
    if (!converted) return false;
    if (converted->kept) ++kept_;
    auto file = output_->create(path);
    auto written = file ? (*file)->write(converted->content) : Result<void>(file.error());
    if (written) written = (*file)->finish();
    if (!written) why = "it cannot be written: " + written.error().message();
    return written.has_value();
  }

  const Request& request_;
  const Converter converter_;
  publish::FileList files_;
  std::unique_ptr<publish::OutputDirectory> output_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> kept_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // guards what follows
  std::optional<Progress> bar_;
  std::size_t done_ = 0;
  std::string failed_;
  std::string why_;
};

/// The key that a file has: without the line end.
bool read_key(const std::string& file, std::string& key) {
  constexpr std::uint64_t kMaxKeyBytes = 4096;
  auto text = sys::read_file(file, kMaxKeyBytes);
  if (!text) {
    fail(file, "the key cannot be read: " + text.error().message());
    return false;
  }
  key = std::move(*text);
  if (key.ends_with('\n')) key.pop_back();
  if (key.ends_with('\r')) key.pop_back();
  return true;
}

}  // namespace

int run_xxtea(Arguments words) {
  CLI::App app(
      "Encrypts or decrypts files, or whole trees of them, as quick-cocos2d-x and Cocos Creator "
      "do. "
      "This hides content, it does not protect it: the key lies in the app, and changes go "
      "unnoticed. Files of a tree change only at the end, and only if nothing failed.");
  Request request;
  std::string action;
  std::string key_file;
  bool raw = false;
  app.add_option("ACTION", action, "encrypt or decrypt")
      ->required()
      ->check(CLI::IsMember({"encrypt", "decrypt"}).description(""))
      ->type_name("");
  app.add_option("IN", request.from, "file, or directory")->required()->type_name("");
  app.add_option("OUT", request.to, "what is written; may be IN")->required()->type_name("");
  auto* key = app.add_option("--key", request.key, "its first 16 bytes count")->type_name("K");
  app.add_option("--key-file", key_file, "file with the key: unlike --key, nobody else sees it")
      ->type_name("F")
      ->excludes(key);
  auto* sign = app.add_option("--sign", request.sign, "what encrypted files begin with")
                   ->capture_default_str()
                   ->type_name("S");
  app.add_flag("--raw", raw,
               "no sign, as files.jsc of Cocos Creator; else files without a sign "
               "are copied as they are when a tree is decrypted")
      ->excludes(sign);
  app.add_flag("--gzip", request.gzip, "gzip before encrypting, unpack what is gzipped afterwards");
  app.add_flag("--quiet", request.quiet, "print nothing but errors");
  if (const auto status = parse(app, kName, words)) return *status;
  request.encrypt = action == "encrypt";
  if (!key_file.empty() && !read_key(key_file, request.key)) return kFailed;
  if (request.key.empty() || (!raw && request.sign.empty())) {
    print_error(kName, request.key.empty() ? "no key" : "an empty sign",
                request.key.empty() ? "give --key or --key-file" : "use --raw for none");
    return kWrongUsage;
  }
  if (raw) request.sign.clear();
  const InterruptGuard guard;
  return std::filesystem::is_directory(request.from) ? Tree(request).run() : convert_file(request);
}

}  // namespace larder::tool
