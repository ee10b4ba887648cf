/* From what the inputs say to what killed each container, pod or process: inputs are joined by container id,
 * group, pod, name and time, and each conclusion carries the lines that it rests on. Layer: explain/.
 * Includes base/, model/, kernel/. Pure. */
#pragma once

#include "explain/case.h"

/* One death for each container, pod, job or kill that is told of; survivors are told as such. Takes over what
 * is told already (file->told). Release with deaths_free(). */
void explain_conclude(struct casefile *file, struct deaths *ret);
