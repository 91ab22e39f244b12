#include "demo_trees.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>
#include <unordered_map>

#include "digest/hash.h"

namespace larder::tool {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSampleFiles = 4000;

void write_file(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << content;
  if (!out.flush()) throw DemoFailure("cannot write " + file.string());
}

// Files as a game has them: many of a few KiB, some of a hundred.
std::string sample_content(std::mt19937& random) {
  const bool large = random() % 50 == 0;
  const std::size_t size = 200 + random() % (large ? 200'000 : 6'000);
  std::string content(size, '\0');
  std::generate(content.begin(), content.end(),
                [&] { return static_cast<char>('a' + random() % 26); });
  return content;
}

std::string sample_path(std::size_t i) {
  constexpr const char* kKinds[][2] = {
      {"textures", ".png"}, {"sounds", ".ogg"}, {"models", ".lm"}, {"levels", ".json"}};
  const auto& [folder, extension] = kKinds[i % std::size(kKinds)];
  return std::string(folder) + "/" + std::to_string(i % 37) + "/" + std::to_string(i) + extension;
}

bool same_content(const fs::path& a, const fs::path& b) {
  return content_of(a) == content_of(b);
}

}  // namespace

std::vector<TreeFile> files_of(const fs::path& folder) {
  std::vector<TreeFile> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files.push_back(
          {entry.path().lexically_relative(folder).generic_string(), entry.file_size()});
  std::sort(files.begin(), files.end(),
            [](const TreeFile& a, const TreeFile& b) { return a.path < b.path; });
  return files;
}

void write_sample(const fs::path& folder) {
  std::mt19937 random(1);
  for (std::size_t i = 0; i < kSampleFiles; ++i) {
    const std::string path = sample_path(i);
    const std::string content = sample_content(random);
    write_file(folder / "v1" / path, content);
    if (i % 400 == 7) continue;  // vanishes
    write_file(folder / "v2" / path, i % 100 == 3 ? content + " changed" : content);
    if (i % 400 == 9) write_file(folder / "v2" / "new" / path, sample_content(random));
  }
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  std::string content(in ? static_cast<std::size_t>(in.tellg()) : 0, '\0');
  in.seekg(0);
  if (!in.read(content.data(), static_cast<std::streamsize>(content.size())))
    throw DemoFailure("cannot read " + file.string());
  return content;
}

std::vector<std::string> changed_files(const fs::path& old_folder,
                                       const std::vector<TreeFile>& old_files,
                                       const fs::path& new_folder,
                                       const std::vector<TreeFile>& new_files) {
  std::unordered_map<std::string_view, std::uint64_t> new_sizes;
  for (const TreeFile& file : new_files) new_sizes.emplace(file.path, file.bytes);
  std::vector<std::string> changed;
  for (const TreeFile& file : old_files) {
    const auto found = new_sizes.find(file.path);
    if (found == new_sizes.end()) continue;
    if (found->second != file.bytes ||
        !same_content(old_folder / file.path, new_folder / file.path))
      changed.push_back(file.path);
  }
  return changed;
}

bool is_chosen(std::string_view path, std::string_view salt, double share) {
  constexpr std::uint32_t kSlices = 10'000;
  // CRC-32 is linear; the multiplication keeps two salts from choosing the same paths.
  const std::uint32_t mixed = digest::crc32(path, digest::crc32(salt)) * 2654435761U;
  return (mixed >> 8) % kSlices < static_cast<std::uint32_t>(share * kSlices);
}

WorkFolder::WorkFolder() {
  std::string name = fs::temp_directory_path() / "larder-demo-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw DemoFailure("cannot make a folder like " + name);
  path_ = name;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace larder::tool
