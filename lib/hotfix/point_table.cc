#include "hotfix/point_table.h"

#include <algorithm>
#include <exception>

#include <boost/json.hpp>

#include "hotfix/points.h"

namespace larder::hotfix {

std::vector<PointDescription> points() {
  std::vector<PointDescription> points;
  for (KnownPoint& known : known_points())
    points.push_back(
        {std::move(known.name), std::move(known.result), std::move(known.signature_hash)});
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return points;
}

std::string points_json() {
  boost::json::array array;
  for (const PointDescription& point : points())
    array.push_back(
        {{"name", point.name}, {"result", point.result}, {"signature", point.signature_hash}});
  return boost::json::serialize(boost::json::object{{"format", 1}, {"points", std::move(array)}}) +
         "\n";
}

Result<std::vector<PointDescription>> read_point_table(std::string_view text) try {
  std::vector<PointDescription> points;
  const boost::json::value table = boost::json::parse(text);
  for (const auto& point : table.at("points").as_array())
    points.push_back({std::string(point.at("name").as_string()),
                      std::string(point.at("result").as_string()),
                      std::string(point.at("signature").as_string())});
  return points;
} catch (const std::exception&) {
  return std::error_code(errc::bad_manifest);
}

}  // namespace larder::hotfix
