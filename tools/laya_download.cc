#include "laya_download.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "filetable/name_list.h"
#include "interrupt_guard.h"
#include "larder/threads.h"
#include "net/make_transport.h"
#include "net/random_text.h"
#include "net/url.h"
#include "ordered_reads.h"
#include "output.h"
#include "output_folder.h"
#include "publish/layadcc_names.h"
#include "sys/files.h"
#include "sys/lock_file.h"

namespace larder::tool {
namespace {

constexpr std::uint64_t kMaxIdBytes = 64;
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20;

}  // namespace

std::unique_ptr<LayaDownload> LayaDownload::open(std::string_view command,
                                                 const std::string& origin) {
  sys::FileSystem& fs = sys::FileSystem::real();
  const std::string own = origin + "/.larder";
  Result<std::unique_ptr<sys::File>> lock = errc::io;
  if (const auto made = fs.make_directories(own); !made)
    lock = made.error();
  else
    lock = sys::lock_file(fs, own + "/import.lock", std::chrono::milliseconds(0));
  if (lock) {
    std::unique_ptr<LayaDownload> download(
        new LayaDownload(command, own + "/import", std::move(*lock)));
    std::filesystem::remove_all(download->folder_);  // what one left that was killed
    return download;
  }
  if (lock.error() == errc::busy)
    print_error(command, "another import is at work in " + origin);
  else
    print_error(command, "cannot write to " + origin, lock.error());
  return nullptr;
}

LayaDownload::~LayaDownload() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool LayaDownload::fetch_tables(const std::string& base) {
  IoThread io{Log()};
  std::string why;
  auto transport = net::make_transport(io.context(), {}, &why);
  if (!transport) {
    print_error(command_, why);
    return false;
  }
  std::filesystem::create_directories(folder_ + "/update");
  const auto save = [&](const std::string& name, const std::string& query) -> std::error_code {
    net::Request request;
    request.url = base + "update/" + name + query;
    request.max_bytes = kMaxTableBytes;
    const auto [error, document] = net::get_document(**transport, std::move(request));
    if (error) return error;
    return sys::replace_file(folder_ + "/update/" + name, document.body).error();
  };
  const auto must_save = [&](const std::string& name, const std::string& query) {
    const std::error_code error = save(name, query);
    if (error) print_error(command_, base + "update/" + name, error);
    return !error;
  };
  if (!must_save("assetsid.txt", "?rand=" + net::random_hex())) return false;
  const auto id = sys::read_file(folder_ + "/update/assetsid.txt", kMaxIdBytes);
  if (!id || id->find_first_not_of("0123456789abcdefABCDEF") != id->npos) {
    print_error(command_, base + "update/assetsid.txt is no id: is it a LayaDCC origin?");
    return false;
  }
  const std::string query = "?" + *id;
  if (const auto error = save("filetable.bin", query); error) {
    if (error != errc::not_found) {
      print_error(command_, base + "update/filetable.bin", error);
      return false;
    }
    if (!must_save("filetable.txt", query)) return false;
  }
  return must_save("allfiles.txt", query);
}

bool LayaDownload::fetch(const std::string& url, bool skip_damaged, bool quiet) {
  std::string why;
  const auto base = net::normalise_base(url, &why);
  if (!base) {
    print_error(command_, url + ": " + why);
    return false;
  }
  if (!fetch_tables(*base)) return false;
  const auto text = sys::read_file(folder_ + "/update/allfiles.txt", kMaxTableBytes);
  const auto names = text ? filetable::NameList::parse(*text, {}, &why) : text.error();
  if (!names) {
    print_error(command_, *base + "update/allfiles.txt: " + why);
    return false;
  }
  std::vector<std::string> paths;
  names->for_each([&](std::string_view path) { paths.emplace_back(path); });

  // Packed with `-esc`, no name has a space; what is written here gets its spaces back.
  const bool may_be_escaped = std::none_of(paths.begin(), paths.end(), [](const auto& path) {
    return path.find(' ') != std::string::npos;
  });

  Options options;
  options.origin = url;
  options.layout = Layout::laya;
  auto vfs = Vfs::open(options);
  auto folder = OutputFolder::open(folder_, options);
  if (!vfs || !folder) {
    print_error(command_, "cannot open " + url, vfs ? folder.error() : vfs.error());
    return false;
  }
  Progress progress("downloading", quiet ? 0 : paths.size());
  std::uint64_t done = 0;
  bool good = true;
  const InterruptGuard guard;
  read_in_order(
      *vfs, paths.size(), [&](std::size_t i) { return paths[i]; },
      [&](const Outcome& outcome) {
        std::error_code error = outcome.blob.error();
        const std::string name =
            may_be_escaped ? publish::without_escapes(outcome.path) : outcome.path;
        if (!error) error = folder->write(name, outcome.blob->text()).error();
        if (!quiet) progress.show(++done);
        if (!error) return;
        progress.wipe();
        if (!skip_damaged) print_error(command_, outcome.path, error);
        good = false;
      },
      [] {});
  if (good || skip_damaged) return true;
  print_error(command_, "not all of " + url + " can be downloaded",
              "--skip-damaged leaves those files out");
  return false;
}

}  // namespace larder::tool
