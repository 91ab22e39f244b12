-- The shield takes its part of a blow; nobody loses health for having one.
local hf = require "larder.hotfix"

hf.patch("Hero.hit", function(self, blow)
  if blow > self.shield_ then
    self.health_ = self.health_ - (blow - self.shield_)
  end
end)
