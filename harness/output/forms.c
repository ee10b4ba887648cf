#include "output/forms.h"

const struct form forms[FORM_COUNT] = {
    [FORM_JUNIT] = {"junit", "--junit", form_junit},
    [FORM_MARKDOWN] = {"markdown", "--markdown", form_markdown},
    [FORM_OPENMETRICS] = {"openmetrics", "--openmetrics", form_openmetrics},
};
