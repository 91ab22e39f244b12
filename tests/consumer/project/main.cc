// Reads one file from a folder: enough that everything that Larder needs must be on the link line.
#include <larder/larder.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: consumer ORIGIN PATH\n"), 2;
  larder::Options options;
  options.origin = argv[1];
  larder::Result<larder::Vfs> vfs = larder::Vfs::open(std::move(options));
  if (!vfs) return std::fprintf(stderr, "open: %s\n", vfs.error().message().c_str()), 1;
  const larder::Result<larder::Blob> blob = vfs->read(argv[2]);
  if (!blob) return std::fprintf(stderr, "read: %s\n", blob.error().message().c_str()), 1;
  std::printf("larder %s: %.*s", LARDER_VERSION_STRING, int(blob->size()), blob->text().data());
  return 0;
}
