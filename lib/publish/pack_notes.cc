#include "publish/pack_notes.h"

#include <algorithm>
#include <exception>
#include <span>

#include "publish/sealed_text.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

// Sealed: id, notes of kNoteBytes each.
constexpr std::string_view kMagic = "larder pack notes 1\n";
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kNoteBytes = 4 + 8 + 8;
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

std::string path_of(const std::string& directory, const std::string& output) {
  return directory + "/" + name_after(output);
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
  const auto sealed = file ? open_sealed(*file, kMagic) : std::nullopt;
  if (!sealed || sealed->size() < kIdBytes || sealed->substr(0, kIdBytes) != id) return {};
  std::string_view text = sealed->substr(kIdBytes);
  std::vector<ContentNote> notes;
  notes.reserve(text.size() / kNoteBytes);
  ContentNote note;
  while (take_value(text, note.path_id) && take_value(text, note.size_bytes) &&
         take_value(text, note.fingerprint))
    notes.push_back(note);
  return {id, std::move(notes)};
} catch (const std::exception&) {
  return {};
}

Result<void> PackNotes::save(const std::string& directory, const std::string& output,
                             sys::FileSystem& fs) const noexcept try {
  std::string text(kMagic);
  text.reserve(kMagic.size() + kIdBytes + notes_.size() * kNoteBytes + sizeof(std::uint64_t));
  text += id_;
  for (const ContentNote& note : notes_) {
    append_value(text, note.path_id);
    append_value(text, note.size_bytes);
    append_value(text, note.fingerprint);
  }
  seal(text);
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
