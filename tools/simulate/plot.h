// A picture: miss ratio over cache size, a line for each policy.
#pragma once

#include <string>
#include <vector>

namespace larder::simulate {

struct PlotPoint {
  double share = 0;  ///< cache size, of the footprint
  double object_miss_ratio = 0;
  double byte_miss_ratio = 0;
};

struct PlotLine {
  std::string name;
  std::vector<PlotPoint> points;  ///< by share
};

/// An SVG document: objects on the left, bytes on the right. The first line is drawn last and
/// thick.
[[nodiscard]] std::string plot_svg(const std::string& title, const std::vector<PlotLine>& lines);

}  // namespace larder::simulate
