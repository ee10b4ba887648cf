/* The version, set once, in meson.build.
 * Layer: output/. */
#pragma once

#ifndef PLIMSOLL_VERSION
#define PLIMSOLL_VERSION "unknown"
#endif
