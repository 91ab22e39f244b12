#include "codec/gzip.h"

#include <gtest/gtest.h>

#include <random>

namespace larder::codec {
namespace {

using Bytes = std::vector<std::byte>;

Bytes noise(std::size_t size) {
  std::mt19937 random(1);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST(Gzip, BringsBytesBack) {
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 300000u})
    for (const Bytes& bytes : {noise(size), Bytes(size)}) {
      const Bytes file = gzip(bytes);
      EXPECT_TRUE(is_gzip(file));
      EXPECT_EQ(file, gzip(bytes));
      const auto back = gunzip(file, size);
      ASSERT_TRUE(back) << size;
      EXPECT_TRUE(*back == bytes);
    }
  EXPECT_LT(gzip(Bytes(300000)).size(), 1000u);
}

TEST(Gzip, StopsWhereTheLimitIs) {
  for (const std::size_t size : {1u, 65536u, 100000u}) {
    const Bytes file = gzip(Bytes(size));
    EXPECT_EQ(gunzip(file, size - 1).error(), errc::too_large);
    EXPECT_TRUE(gunzip(file, size));
    EXPECT_TRUE(gunzip(file, Bytes().max_size()));
  }
}

TEST(Gzip, RefusesWhatIsNotWhole) {
  const Bytes bytes = noise(1000);
  const Bytes file = gzip(bytes);
  for (std::size_t size = 0; size < file.size(); ++size)
    ASSERT_EQ(gunzip(std::span(file).first(size), 1000).error(), errc::damaged) << size;
  for (const std::size_t at : {std::size_t{0}, std::size_t{500}, file.size() - 6}) {
    Bytes damaged = file;
    damaged[at] ^= std::byte{1};
    EXPECT_EQ(gunzip(damaged, 1000).error(), errc::damaged) << at;
  }
  Bytes longer = file;
  longer.push_back({});
  EXPECT_EQ(gunzip(longer, 1000).error(), errc::damaged);
  EXPECT_FALSE(is_gzip({}));
  EXPECT_FALSE(is_gzip(std::span(file).first(1)));
}

}  // namespace
}  // namespace larder::codec
