// NativeFlow: an application, and a small release on a native origin.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "flow/native_game.h"

namespace larder {

class NativeFlow : public ::testing::Test {
 protected:
  NativeFlow() { game_.publish(v1_, 1); }

  /// A release like v1 with a.txt changed, one file more and one less.
  test::NativeTree next_release() {
    test::NativeTree tree = v1_;
    tree.head = {};
    tree.files["a.txt"] = "alpha, second edition";
    tree.files["new.txt"] = "new";
    tree.files.erase("dir/old.txt");
    return tree;
  }

  test::NativeGame game_;
  test::NativeTree v1_{{{"a.txt", "alpha"},
                        {"empty.bin", ""},
                        {"big/compressible.txt", std::string(300'000, 'x')},
                        {"dir/old.txt", "old"},
                        {"dir/sub/b.json", "{\"b\":1}"},
                        {"with space/f 1.js", "js"}}};
};

}  // namespace larder
