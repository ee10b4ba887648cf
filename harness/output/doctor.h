/* What a checkup found: for people, and for programs.
 * Layer: output/. Includes base/, model/. Pure. */
#pragma once

#include "base/text.h"
#include "model/checkup.h"

#define DOCTOR_SCHEMA "plimsoll.doctor/1"

/* The answer first, then each check with what it costs and what mends it. */
void doctor_text(const struct checkup *checkup, struct strbuf *text);

/* As doctor.schema.json has it. Caller frees. */
char *doctor_json(const struct checkup *checkup);
