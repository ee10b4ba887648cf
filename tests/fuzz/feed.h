/* Bytes as inputs of `explain`, for the targets here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "explain/case.h"

/* Reads them into a case; where they hold the line "%%%%" as several inputs: pods and logs are to meet.
 * Whether an input is refused is all the same here. */
void feed(const uint8_t *bytes, size_t length, struct casefile *file);
