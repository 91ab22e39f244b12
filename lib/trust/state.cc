#include "trust/state.h"

#include <openssl/rand.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <new>
#include <span>
#include <utility>

#include "digest/hex.h"
#include "sys/files.h"
#include "sys/lock_file.h"
#include "trust/envelope.h"
#include "trust/strict_json.h"

namespace larder::trust {
namespace {

namespace json = boost::json;

constexpr std::string_view kName = "/state.json";
constexpr std::string_view kLock = "/lock";
constexpr std::uint64_t kFormat = 1;
/// Three documents, written as texts of JSON once more.
constexpr std::size_t kMaxStateBytes = 12 * Envelope::kMaxBytes;
constexpr std::size_t kMaxEtagBytes = 512;
constexpr std::chrono::milliseconds kPatience{1000};

std::string new_install() {
  std::array<std::byte, 16> bytes;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) !=
      1)
    throw std::bad_alloc();
  return digest::to_hex(bytes);
}

std::optional<State> parse(std::string_view text) {
  const auto object = parse_strictly(text, kMaxStateBytes, nullptr);
  if (!object) return std::nullopt;
  Members members(*object);
  State state;
  members.require(members.number("format") == kFormat, "another format");
  state.anchors = members.digest("anchors");
  state.root = members.document("root");
  state.head = members.document("head");
  state.base = members.document("base");
  state.floor_version = members.number("floor_version");
  state.floor_table = members.digest("floor_table");
  const auto time = parse_time(members.text("floor_time", 32));
  members.require(time.has_value(), "no time");
  state.floor_time = time.value_or(Time{});
  state.etag = members.text("etag", kMaxEtagBytes);
  state.install = members.text("install", 32);
  if (!members.finish(nullptr)) return std::nullopt;
  return state;
}

std::string serialise(const State& state) {
  return json::serialize(json::object{{"format", kFormat},
                                      {"anchors", digest::to_hex(state.anchors.bytes)},
                                      {"root", state.root},
                                      {"head", state.head},
                                      {"base", state.base},
                                      {"floor_version", state.floor_version},
                                      {"floor_table", digest::to_hex(state.floor_table.bytes)},
                                      {"floor_time", to_text(state.floor_time)},
                                      {"etag", state.etag},
                                      {"install", state.install}}) +
         "\n";
}

}  // namespace

std::optional<State> StateFile::read() const {
  if (directory_.empty()) return held_;
  const auto text = sys::read_file(directory_ + std::string(kName), kMaxStateBytes, fs_);
  return text ? parse(*text) : std::nullopt;
}

State StateFile::under(const Digest& anchors, std::optional<State> state) const {
  if (state && state->anchors == anchors) return std::move(*state);
  if (state && vouch_ && vouch_(*state)) {
    state->anchors = anchors;
    state->root.clear();
    return std::move(*state);
  }
  State fresh;
  fresh.anchors = anchors;
  fresh.install = state && state->install.size() == 32 ? state->install : new_install();
  return fresh;
}

State StateFile::load(const Digest& anchors) {
  held_ = under(anchors, read());
  return *held_;
}

Result<void> StateFile::update(const Digest& anchors,
                               const std::function<Result<void>(State&)>& change) {
  std::error_code trouble;
  std::unique_ptr<sys::File> lock;
  if (!directory_.empty()) {
    if (const auto made = sys::make_directories(directory_, fs_); !made) trouble = made.error();
    auto locked = trouble ? Result<std::unique_ptr<sys::File>>(trouble)
                          : sys::lock_file(fs_, directory_ + std::string(kLock), kPatience);
    if (locked)
      lock = std::move(*locked);
    else
      trouble = locked.error();
  }
  // A disk that fails now has nothing newer to say than what is held here.
  auto on_disk = lock ? read() : std::nullopt;
  State state = under(anchors, on_disk ? std::move(on_disk) : held_);
  if (auto changed = change(state); !changed) return changed;
  if (state.etag.size() > kMaxEtagBytes) state.etag.clear();
  held_ = state;
  if (directory_.empty()) return {};
  if (trouble) return trouble;
  return sys::replace_file(directory_ + std::string(kName), serialise(state), fs_);
}

}  // namespace larder::trust
