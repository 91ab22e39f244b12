#include "simulate/trace.h"

#include <zstd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "store/record.h"

namespace larder::simulate {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr const char* kExpected = "a line is an id, a blank and the object's size in bytes";

}  // namespace

void TraceReader::FreeContext::operator()(ZSTD_DCtx_s* context) const noexcept {
  ZSTD_freeDCtx(context);
}

TraceReader::TraceReader(const std::string& path)
    : name_(path == "-" ? "stdin" : path), file_(path == "-" ? stdin : nullptr) {
  if (!file_) file_ = std::fopen(path.c_str(), "rb");
  if (!file_) {
    fail(name_ + ": cannot be opened: " + std::strerror(errno), "name a trace, or - for stdin");
    return;
  }
  std::array<char, kZstdMagic.size()> magic;
  const std::size_t got = std::fread(magic.data(), 1, magic.size(), file_);
  if (std::string_view(magic.data(), got) == kZstdMagic) {
    zstd_.reset(ZSTD_createDCtx());
    if (!zstd_) throw std::bad_alloc();
    raw_.assign(magic.begin(), magic.end());
  } else {
    text_.assign(magic.data(), got);
  }
}

TraceReader::~TraceReader() {
  if (file_ && file_ != stdin) std::fclose(file_);
}

bool TraceReader::next(Request& request) {
  std::string_view line;
  while (next_line(line)) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) return parse(line, request);
  }
  return false;
}

bool TraceReader::next_line(std::string_view& line) {
  std::size_t searched = 0;
  while (error_.empty()) {
    const std::size_t end = text_.find('\n', text_begin_ + searched);
    if (end != std::string::npos) {
      line = std::string_view(text_).substr(text_begin_, end - text_begin_);
      text_begin_ = end + 1;
      ++line_;
      return true;
    }
    searched = text_.size() - text_begin_;
    if (searched > kMaxLineBytes) {
      ++line_;
      return fail_in_line("the line is longer than 64 KiB", kExpected);
    }
    if (ended_) {
      line = std::string_view(text_).substr(text_begin_);
      text_begin_ = text_.size();
      ++line_;
      return !line.empty();
    }
    text_.erase(0, std::exchange(text_begin_, 0));
    ended_ = !(zstd_ ? decompress_more() : read_more());
  }
  return false;
}

bool TraceReader::parse(std::string_view line, Request& request) {
  const std::size_t blank = line.find_last_of(" \t");
  const std::string shown(line.substr(0, 80));
  if (blank == std::string_view::npos || blank == 0)
    return fail_in_line("`" + shown + "` is not `id size`", kExpected);
  const std::string_view digits = line.substr(blank + 1);
  const auto [stop, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), request.size_bytes);
  if (failure != std::errc{} || stop != digits.data() + digits.size())
    return fail_in_line("`" + shown + "` does not end in a size", kExpected);
  if (request.size_bytes > kMaxSizeBytes)
    return fail_in_line("the size " + std::string(digits) + " is above 256 TiB", kExpected);
  const std::string_view id = line.substr(0, line.find_last_not_of(" \t", blank) + 1);
  request.id = store::fast_checksum(std::as_bytes(std::span(id)));
  return true;
}

// Appends to text_. False at the end of the file.
bool TraceReader::read_more() {
  const std::size_t before = text_.size();
  text_.resize(before + kReadBytes);
  const std::size_t got = std::fread(text_.data() + before, 1, kReadBytes, file_);
  text_.resize(before + got);
  if (got == 0 && std::ferror(file_))
    return fail(name_ + ": cannot be read: " + std::strerror(errno), "");
  return got > 0;
}

bool TraceReader::decompress_more() {
  if (raw_begin_ == raw_.size() && !output_waits_) {
    raw_.resize(kReadBytes);
    raw_.resize(std::fread(raw_.data(), 1, kReadBytes, file_));
    raw_begin_ = 0;
    if (raw_.empty() && std::ferror(file_))
      return fail(name_ + ": cannot be read: " + std::strerror(errno), "");
    if (raw_.empty() && inside_frame_)
      return fail(name_ + ": the zstd data ends in the middle, after line " + std::to_string(line_),
                  "copy the trace again");
    if (raw_.empty()) return false;
  }
  const std::size_t before = text_.size();
  text_.resize(before + kReadBytes);
  ZSTD_inBuffer in{raw_.data(), raw_.size(), raw_begin_};
  ZSTD_outBuffer out{text_.data() + before, kReadBytes, 0};
  const std::size_t result = ZSTD_decompressStream(zstd_.get(), &out, &in);
  text_.resize(before + out.pos);
  if (ZSTD_isError(result))
    return fail(name_ + ": the zstd data is damaged after line " + std::to_string(line_) + ": " +
                    ZSTD_getErrorName(result),
                "copy the trace again");
  raw_begin_ = in.pos;
  output_waits_ = out.pos == out.size;
  inside_frame_ = result != 0;
  return true;
}

bool TraceReader::fail(std::string what, std::string hint) {
  error_ = std::move(what);
  hint_ = std::move(hint);
  return false;
}

bool TraceReader::fail_in_line(const std::string& what, std::string hint) {
  return fail(name_ + ":" + std::to_string(line_) + ": " + what, std::move(hint));
}

}  // namespace larder::simulate
