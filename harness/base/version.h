/* Which plimsoll this is: its tag in git, and after it how far on; scripts/version tells how.
 * Layer: base/. */
#pragma once

extern const char plimsoll_version[];
