#include "publish/pack_notes.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <span>

#include "digest/hex.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

// magic, id, notes of kNoteBytes each, XXH3 of all before.
constexpr std::string_view kMagic = "larder pack notes 1\n";
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kNoteBytes = 4 + 8 + 8;
constexpr std::size_t kSumBytes = 8;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

template <class T>
void append(std::string& text, T value) {
  std::array<char, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  text.append(bytes.data(), bytes.size());
}

template <class T>
T take(std::string_view& text) {
  T value;
  std::memcpy(&value, text.data(), sizeof value);
  text.remove_prefix(sizeof value);
  return value;
}

std::uint64_t sum_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

std::string path_of(const std::string& directory, const std::string& output) {
  const std::uint64_t name = sum_of(output);
  return directory + "/" + digest::to_hex(std::as_bytes(std::span(&name, 1)));
}

}  // namespace

PackNotes::PackNotes(std::string_view id, std::vector<ContentNote> notes)
    : id_(id), notes_(std::move(notes)) {
  const auto by_id = [](const ContentNote& a, const ContentNote& b) {
    return a.path_id < b.path_id;
  };
  std::stable_sort(notes_.begin(), notes_.end(), by_id);
}

PackNotes PackNotes::load(const std::string& directory, const std::string& output,
                          std::string_view id, sys::FileSystem& fs) noexcept try {
  const auto file = sys::read_file(path_of(directory, output), kMaxBytes, fs);
  if (!file) return {};
  std::string_view text = *file;
  if (text.size() < kMagic.size() + kIdBytes + kSumBytes || !text.starts_with(kMagic)) return {};
  std::string_view sum = text.substr(text.size() - kSumBytes);
  text.remove_suffix(kSumBytes);
  if (take<std::uint64_t>(sum) != sum_of(text)) return {};
  text.remove_prefix(kMagic.size());
  if (text.substr(0, kIdBytes) != id) return {};
  text.remove_prefix(kIdBytes);
  std::vector<ContentNote> notes;
  notes.reserve(text.size() / kNoteBytes);
  while (text.size() >= kNoteBytes) {
    ContentNote& note = notes.emplace_back();
    note.path_id = take<std::uint32_t>(text);
    note.size_bytes = take<std::uint64_t>(text);
    note.fingerprint = take<std::uint64_t>(text);
  }
  return {id, std::move(notes)};
} catch (const std::exception&) {
  return {};
}

Result<void> PackNotes::save(const std::string& directory, const std::string& output,
                             sys::FileSystem& fs) const noexcept try {
  std::string text(kMagic);
  text.reserve(kMagic.size() + kIdBytes + notes_.size() * kNoteBytes + kSumBytes);
  text += id_;
  for (const ContentNote& note : notes_) {
    append(text, note.path_id);
    append(text, note.size_bytes);
    append(text, note.fingerprint);
  }
  append(text, sum_of(text));
  if (const auto made = fs.make_directories(directory); !made) return made;
  // In place and not synced: half a file of notes is told by its sum and counts for nothing.
  auto file = fs.open(path_of(directory, output), sys::Open::create);
  if (!file) return file.error();
  if (const auto cut = (*file)->resize(0); !cut) return cut;
  return (*file)->write_at(0, std::as_bytes(std::span(text)));
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::optional<ContentNote> PackNotes::find(std::uint32_t path_id) const noexcept {
  const auto after =
      std::upper_bound(notes_.begin(), notes_.end(), path_id,
                       [](std::uint32_t id, const ContentNote& note) { return id < note.path_id; });
  if (after == notes_.begin() || after[-1].path_id != path_id) return std::nullopt;
  return after[-1];
}

}  // namespace larder::publish
