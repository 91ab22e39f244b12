#include "hotfix/points.h"

#include <algorithm>
#include <atomic>
#include <string_view>

#include "hotfix/sign.h"

namespace larder::hotfix {
namespace detail {
namespace {

std::atomic<Point*> newest{nullptr};  // constant: points of any file may come first

}  // namespace

constinit thread_local const Point* bypassed LARDER_HOTFIX_TLS_ = nullptr;

void enroll(Point& point) noexcept {
  point.next = newest.load(std::memory_order_relaxed);
  do {
    point.index = point.next ? point.next->index + 1 : 0;
  } while (!newest.compare_exchange_weak(point.next, &point, std::memory_order_release,
                                         std::memory_order_relaxed));
}

}  // namespace detail

namespace {

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// "twice<T>" and "… [with T = int; U = char]" are "twice<int>".
std::string with_arguments(std::string_view name, std::string_view pretty) {
  std::size_t list = pretty.rfind('[');
  if (list == pretty.npos) return std::string(name);
  list += pretty.substr(list).starts_with("[with ") ? 6 : 1;
  const auto value_of = [&](std::string_view word) -> std::string_view {
    std::size_t at = list;
    while (at < pretty.size()) {
      std::size_t end = pretty.find_first_of(";]", at);
      if (end == pretty.npos) end = pretty.size();
      const std::string_view item = pretty.substr(at, end - at);  // "T = int", "int N = 5"
      const std::size_t equals = item.find(" = ");
      if (equals != item.npos && item.substr(0, equals).ends_with(word) &&
          (equals == word.size() || item[equals - word.size() - 1] == ' '))
        return item.substr(equals + 3);
      at = std::min(pretty.find_first_not_of("; ", end), pretty.size());
    }
    return word;
  };
  std::string out;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    while (end < name.size() && is_word(name[end])) ++end;
    if (end == i) {
      out += name[i++];
      continue;
    }
    const std::string_view word = name.substr(i, end - i);
    out += i == 0 ? word : value_of(word);  // the function's own name is no parameter
    i = end;
  }
  return out;
}

std::string spell_parameter(const detail::Parameter& parameter) {
  using Mode = detail::Parameter::Mode;
  const std::string type = spell(*parameter.type);
  switch (parameter.mode) {
    case Mode::const_reference: return "const " + type + "&";
    case Mode::reference: return type + "&";
    case Mode::moved: return type + "&&";
    case Mode::value:
    case Mode::object: break;
  }
  return type;
}

KnownPoint describe(detail::Point& point) {
  const detail::Signature& signature = *point.signature;
  KnownPoint known;
  known.point = &point;
  if (point.scope) known.name = std::string(point.scope()) + ".";
  known.name += point.pretty ? with_arguments(point.name, point.pretty) : std::string(point.name);
  known.name += '(';
  for (std::size_t i = 0; i < signature.parameter_count; ++i)
    known.name += (i == 0 ? "" : ",") + spell_parameter(signature.parameters[i]);
  known.name += ')';
  if (signature.self_is_const) known.name += " const";
  known.result = signature.result ? spell(*signature.result) : "void";
  known.signature_hash = signature_hash(known.name, known.result);
  return known;
}

}  // namespace

std::string spell(const detail::Type& type) {
  std::string text(type.before);
  if (type.inner) text += spell(*type.inner);
  if (type.second) text += "," + spell(*type.second);
  return text.append(type.after);
}

std::uint32_t known_point_count() noexcept {
  const detail::Point* point = detail::newest.load(std::memory_order_acquire);
  return point ? point->index + 1 : 0;
}

std::vector<KnownPoint> known_points() {
  detail::Point* point = detail::newest.load(std::memory_order_acquire);
  std::vector<KnownPoint> known(point ? point->index + 1 : 0);
  for (; point; point = point->next) known[point->index] = describe(*point);
  return known;
}

}  // namespace larder::hotfix
