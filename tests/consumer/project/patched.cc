// A function with a hotfix point, patched if the component hotfix is installed.
#include <larder/hotfix/point.h>

#include <cstdio>

#if defined(LARDER_WITH_HOTFIX)
#include <larder/hotfix/runtime.h>
#endif

static int twice(int n) {
  LARDER_HOTFIX_FN(twice, n);
  return n + n + 1;  // the bug
}

int main() {
#if defined(LARDER_WITH_HOTFIX)
  larder::hotfix::Runtime runtime;
  const auto applied = runtime.apply_unsigned(
      "fix", "require('larder.hotfix').patch('twice', function(n) return 2 * n end)");
  if (!applied) return std::fprintf(stderr, "%s\n", applied.error().message().c_str()), 1;
#endif
  std::printf("twice 4 is %d\n", twice(4));
}
