#include "support/crashed_disk.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "sys/file_system.h"

namespace larder::test {
namespace {

using Kind = DiskOperation::Kind;
using Random = std::mt19937_64;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool happens(double probability, Random& random) {
  return probability >= 1 || std::generate_canonical<double, 32>(random) < probability;
}

template <class Values>
const auto& any_of(const Values& values, Random& random) {
  return values[random() % std::size(values)];
}

void fill_with_garbage(std::vector<std::byte>& bytes, std::size_t from, std::size_t to,
                       Random& random) {
  for (; from < to; ++from) bytes[from] = static_cast<std::byte>(random());
}

void store_file(const std::string& path, const std::vector<std::byte>& bytes) {
  auto file = sys::FileSystem::real().open(path, sys::Open::create_new);
  if (!file || !(*file)->resize(bytes.size())) throw std::runtime_error("cannot make " + path);
  // Holes stay holes: most of a young segment is one.
  constexpr std::size_t kPiece = 4096;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    const auto piece = std::span(bytes).subspan(at, std::min(kPiece, bytes.size() - at));
    if (std::all_of(piece.begin(), piece.end(), [](std::byte b) { return b == std::byte{}; }))
      continue;
    if (!(*file)->write_at(at, piece)) throw std::runtime_error("cannot write " + path);
  }
}

}  // namespace

void CrashedDisk::apply(const DiskOperation& operation) {
  switch (operation.kind) {
    case Kind::make: files_.try_emplace(operation.file); [[fallthrough]];
    case Kind::make_directory:
    case Kind::rename:
    case Kind::remove: unnamed_.push_back({folder_of(operation.path), &operation}); break;
    case Kind::sync_directory:
      std::erase_if(unnamed_, [&](const Change& one) {
        if (one.directory != operation.path) return false;
        change(names_, *one.operation);
        return true;
      });
      break;
    case Kind::sync_all:
      for (const Change& one : unnamed_) change(names_, *one.operation);
      unnamed_.clear();
      for (auto& [number, file] : files_) settle(file);
      break;
    case Kind::write:
    case Kind::resize: files_[operation.file].pending.push_back(&operation); break;
    case Kind::sync: settle(files_[operation.file]); break;
  }
}

bool CrashedDisk::is_settled() const noexcept {
  return unnamed_.empty() && std::all_of(files_.begin(), files_.end(), [](const auto& file) {
           return file.second.pending.empty();
         });
}

void CrashedDisk::change(Names& names, const DiskOperation& operation) {
  switch (operation.kind) {
    case Kind::make_directory: names[operation.path] = kDirectory; break;
    case Kind::make: names[operation.path] = operation.file; break;
    case Kind::remove: names.erase(operation.path); break;
    case Kind::rename: move_names(names, operation.path, operation.to); break;
    default: break;
  }
}

void CrashedDisk::settle(File& file) {
  for (const DiskOperation* change : file.pending) write(file, *change);
  file.pending.clear();
}

void CrashedDisk::write(File& file, const DiskOperation& operation) {
  const std::size_t end = operation.value + operation.bytes.size();
  if (operation.kind == Kind::resize || file.bytes.size() < end) file.bytes.resize(end);
  file.has_block.resize((file.bytes.size() + kSectorBytes - 1) / kSectorBytes);
  if (operation.bytes.empty()) return;
  std::copy(operation.bytes.begin(), operation.bytes.end(),
            file.bytes.begin() + static_cast<std::ptrdiff_t>(operation.value));
  for (auto at = operation.value / kSectorBytes; at * kSectorBytes < end; ++at)
    file.has_block[at] = true;
}

CrashedDisk::Fate CrashedDisk::fate_of(Cut cut, Random& random) {
  if (cut == Cut::lose_all) return {};
  if (cut == Cut::keep_all) return {1.0};
  // The extremes by themselves are frequent: one file as new as can be, another one as old.
  constexpr double kKept[] = {0, 0, 0.1, 0.5, 0.9, 0.98, 1, 1};
  constexpr std::size_t kUnits[] = {kSectorBytes, 4096, std::size_t{1} << 30};
  return {any_of(kKept, random), any_of(kUnits, random), happens(0.5, random)};
}

std::vector<std::byte> CrashedDisk::bytes_after(const File& file, Cut cut, Random& random) {
  const Fate fate = fate_of(cut, random);
  std::vector<std::byte> bytes = file.bytes;
  std::vector<std::size_t> sizes{bytes.size()};  // in the order of time
  std::size_t size = bytes.size();
  for (const DiskOperation* change : file.pending) {
    const std::size_t end = change->value + change->bytes.size();
    if (change->kind == Kind::resize) {
      if (end < bytes.size() && happens(fate.kept, random))
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(end), bytes.end(), std::byte{});
      size = end;
    }
    size = std::max(size, end);
    sizes.push_back(size);
    bytes.resize(std::max(bytes.size(), end));
    for (std::size_t from = change->value; from < end;) {
      const std::size_t to = std::min(end, (from / fate.unit + 1) * fate.unit);
      const auto sector = from / kSectorBytes;
      const bool has_block = sector < file.has_block.size() && file.has_block[sector];
      if (happens(fate.kept, random))
        std::copy(change->bytes.begin() + static_cast<std::ptrdiff_t>(from - change->value),
                  change->bytes.begin() + static_cast<std::ptrdiff_t>(to - change->value),
                  bytes.begin() + static_cast<std::ptrdiff_t>(from));
      else if (fate.garbage && !has_block)
        fill_with_garbage(bytes, from, std::min(to, from + kSectorBytes), random);
      from = to;
    }
  }
  const bool new_size = happens(fate.kept, random);
  bytes.resize(cut == Cut::random && happens(0.3, random) ? any_of(sizes, random)
               : new_size                                 ? sizes.back()
                                                          : sizes.front());
  return bytes;
}

CrashedDisk::Names CrashedDisk::names_after(Cut cut, Random& random) const {
  Names names = names_;
  std::map<std::string, Fate> fates;  // by directory
  for (const Change& one : unnamed_) {
    const auto [fate, is_new] = fates.try_emplace(one.directory);
    if (is_new) fate->second = fate_of(cut, random);
    if (happens(fate->second.kept, random)) change(names, *one.operation);
  }
  return names;
}

void CrashedDisk::write_state(const std::string& root, Cut cut, Random& random) const {
  const Names names = names_after(cut, random);
  for (const auto& [path, file] : names) {  // a directory comes before what is in it
    const std::string folder = folder_of(path);
    if (!folder.empty() && !std::filesystem::exists(root + "/" + folder)) continue;
    if (file == kDirectory)
      std::filesystem::create_directory(root + "/" + path);
    else
      store_file(root + "/" + path, bytes_after(files_.at(file), cut, random));
  }
}

}  // namespace larder::test
