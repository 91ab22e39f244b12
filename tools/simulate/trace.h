// Traces of accesses: one request a line, `id size`, plain or compressed by zstd.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ZSTD_DCtx_s;

namespace larder::simulate {

struct Request {
  std::uint64_t id = 0;  ///< hash of the name in the trace
  std::uint64_t size_bytes = 0;
};

/// Reads a trace request by request, in bounded memory.
class TraceReader {
 public:
  /// Longest line that is taken for a request.
  static constexpr std::size_t kMaxLineBytes = 64u << 10;
  /// Sizes above this are taken for a mistake.
  static constexpr std::uint64_t kMaxSizeBytes = std::uint64_t{1} << 48;

  /// `path`: of a file; `-` is stdin.
  explicit TraceReader(const std::string& path);
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  /// The next request. False at the end, and when error() says so.
  bool next(Request& request);
  /// What went wrong and where; empty if nothing did.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  /// What to do about it.
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const noexcept;
  };

  bool next_line(std::string_view& line);
  bool parse(std::string_view line, Request& request);
  bool read_more();
  bool decompress_more();
  bool fail(std::string what, std::string hint);
  bool fail_in_line(const std::string& what, std::string hint);

  std::string name_;
  std::FILE* file_ = nullptr;
  std::unique_ptr<ZSTD_DCtx_s, FreeContext> zstd_;  // null: plain text
  bool inside_frame_ = false;
  bool output_waits_ = false;  // in zstd_
  std::vector<char> raw_;      // compressed bytes that were read
  std::size_t raw_begin_ = 0;
  std::string text_;
  std::size_t text_begin_ = 0;
  bool ended_ = false;
  std::uint64_t line_ = 0;
  std::string error_;
  std::string hint_;
};

}  // namespace larder::simulate
