#include "simulate/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>

namespace larder::simulate {
namespace {

constexpr double kPanelWidth = 400;
constexpr double kPanelHeight = 320;
constexpr double kLeft = 64;
constexpr double kTop = 72;
constexpr double kBetween = 56;
constexpr double kLegendWidth = 120;
constexpr double kWidth = kLeft + 2 * kPanelWidth + kBetween + kLegendWidth;
constexpr double kHeight = kTop + kPanelHeight + 60;

// Told apart by people who do not tell red from green (Okabe and Ito).
constexpr std::array kColours = {"#d55e00", "#0072b2", "#56b4e9", "#009e73",
                                 "#cc79a7", "#e69f00", "#555555", "#000000"};
constexpr std::array kDashes = {"", "", "6 3", "", "6 3", "", "2 3", "8 2 2 2"};

constexpr std::array kShareTicks = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0};

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 512> text;
  const int length = std::snprintf(text.data(), text.size(), pattern, values...);
  return {text.data(), std::min<std::size_t>(text.size() - 1, std::max(length, 0))};
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (static_cast<unsigned char>(c) >= ' ')
      safe += c;
  }
  return safe;
}

/// Where one of the two diagrams is, and what it shows.
struct Panel {
  double left;
  const char* title;
  double PlotPoint::*ratio;
  double least_share;
  double most_share;

  [[nodiscard]] double x(double share) const {
    const double span = std::log(most_share / least_share);
    return left + (span > 0 ? std::log(share / least_share) / span : 0.5) * kPanelWidth;
  }
  [[nodiscard]] static double y(double ratio) { return kTop + (1 - ratio) * kPanelHeight; }
};

std::string draw_axes(const Panel& panel) {
  std::string svg = format(
      "<text x='%.0f' y='%.0f' font-weight='bold'>%s</text>\n"
      "<rect x='%.0f' y='%.0f' width='%.0f' height='%.0f' fill='none' stroke='#888'/>\n",
      panel.left, kTop - 12, panel.title, panel.left, kTop, kPanelWidth, kPanelHeight);
  for (int percent = 0; percent <= 100; percent += 20) {
    const double y = Panel::y(percent / 100.0);
    svg += format(
        "<line x1='%.0f' x2='%.0f' y1='%.1f' y2='%.1f' stroke='#ddd'/>"
        "<text x='%.0f' y='%.1f' text-anchor='end'>%d %%</text>\n",
        panel.left, panel.left + kPanelWidth, y, y, panel.left - 6, y + 4, percent);
  }
  for (const double share : kShareTicks) {
    if (share < panel.least_share * 0.999 || share > panel.most_share * 1.001) continue;
    svg += format(
        "<line x1='%.1f' x2='%.1f' y1='%.0f' y2='%.0f' stroke='#ddd'/>"
        "<text x='%.1f' y='%.0f' text-anchor='middle'>%.0f %%</text>\n",
        panel.x(share), panel.x(share), kTop, kTop + kPanelHeight, panel.x(share),
        kTop + kPanelHeight + 18, share * 100);
  }
  svg += format(
      "<text x='%.0f' y='%.0f' text-anchor='middle'>cache size, share of the footprint</text>\n",
      panel.left + kPanelWidth / 2, kTop + kPanelHeight + 40);
  return svg;
}

std::string stroke(std::size_t index) {
  return format("stroke='%s' stroke-width='%s' stroke-dasharray='%s'",
                kColours[index % kColours.size()], index == 0 ? "3.5" : "1.75",
                kDashes[index % kDashes.size()]);
}

std::string draw_line(const Panel& panel, const PlotLine& line, std::size_t index) {
  std::string svg = "<polyline fill='none' stroke-linejoin='round' " + stroke(index) + " points='";
  for (const PlotPoint& point : line.points)
    svg += format("%.1f,%.1f ", panel.x(point.share), Panel::y(point.*panel.ratio));
  return svg + "'/>\n";
}

std::string draw_legend(const std::vector<PlotLine>& lines) {
  std::string svg;
  const double left = kWidth - kLegendWidth + 14;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double y = kTop + 12 + 22 * static_cast<double>(i);
    svg += format("<line x1='%.0f' x2='%.0f' y1='%.0f' y2='%.0f' ", left, left + 26, y, y);
    svg += stroke(i) + format("/><text x='%.0f' y='%.0f'>", left + 33, y + 4) +
           escaped(lines[i].name) + "</text>\n";
  }
  return svg;
}

}  // namespace

std::string plot_svg(const std::string& title, const std::vector<PlotLine>& lines) {
  double least = std::numeric_limits<double>::max();
  double most = 0;
  for (const PlotLine& line : lines)
    for (const PlotPoint& point : line.points) {
      least = std::min(least, point.share);
      most = std::max(most, point.share);
    }
  const Panel panels[] = {
      {kLeft, "Objects that missed", &PlotPoint::object_miss_ratio, least, most},
      {kLeft + kPanelWidth + kBetween, "Bytes that missed", &PlotPoint::byte_miss_ratio, least,
       most}};

  std::string svg = format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' width='%.0f' height='%.0f'"
      " font-family='sans-serif' font-size='13' fill='#222'>\n"
      "<rect width='100%%' height='100%%' fill='#fff'/>\n",
      kWidth, kHeight, kWidth, kHeight);
  svg += format("<text x='%.0f' y='30' font-size='17' font-weight='bold'>", kLeft) +
         escaped(title) + "</text>\n";
  for (const Panel& panel : panels) {
    svg += draw_axes(panel);
    for (std::size_t i = lines.size(); i-- > 0;) svg += draw_line(panel, lines[i], i);
  }
  return svg + draw_legend(lines) + "</svg>\n";
}

}  // namespace larder::simulate
