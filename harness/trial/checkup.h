/* Looks at the machine, one thing at a time. Tries what can be tried, and leaves nothing behind.
 * Layer: trial/. Includes base/, model/, kernel/. */
#pragma once

#include "model/checkup.h"

/* Takes a second where an engine is slow to answer, five at most for each. Release with checkup_free(). */
void checkup_look(struct checkup *ret);

/* The parts that it consists of. `now` is zeroed but for what earlier ones have added. */
void checkup_machine(struct checkup *now);
void checkup_groups(struct checkup *now);
void checkup_deaths(struct checkup *now);
void checkup_tools(struct checkup *now);
