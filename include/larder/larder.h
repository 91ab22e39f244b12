// Everything an engine needs, but for larder/asio.h.
#pragma once

#include <larder/blob.h>
#include <larder/content_key.h>
#include <larder/error.h>
#include <larder/event.h>
#include <larder/file.h>
#include <larder/log.h>
#include <larder/mount.h>
#include <larder/network.h>
#include <larder/options.h>
#include <larder/prefetch.h>
#include <larder/read_filter.h>
#include <larder/release_info.h>
#include <larder/result.h>
#include <larder/snapshot.h>
#include <larder/stats.h>
#include <larder/take_over.h>
#include <larder/version.h>
#include <larder/vfs.h>
