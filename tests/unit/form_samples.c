/* Writes results in every form, for the readers that tests/run-forms asks what they make of them:
 *   form_samples FOLDER RANDOM     plain and hostile cases, and so many random ones */
#include <stdio.h>

#include "form_cases.h"
#include "output/forms.h"

static void write_file(const char *folder, const char *name, const char *end, const struct result *result,
                       void (*write)(const struct result *result, struct strbuf *document)) {
    struct strbuf document = {0};
    char *path = text_format("%s/%s.%s", folder, name, end);
    FILE *file = fopen(path, "we");
    write(result, &document);
    if (!file || fwrite(strbuf_text(&document), 1, document.length, file) != document.length ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    free(path);
    strbuf_free(&document);
}

static void write_all(const char *folder, const char *name, struct result result) {
    for (int i = 0; i < FORM_COUNT; i++)
        write_file(folder, name, forms[i].name, &result, forms[i].write);
    write_file(folder, name, "annotations", &result, form_annotations);
    result_free(&result);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "Usage: form_samples FOLDER RANDOM\n");
        return 2;
    }
    const char *folder = argv[1];
    write_all(folder, "failed", form_case_failed());
    write_all(folder, "passed", form_case_passed());
    write_all(folder, "leak-confirmed", form_case_leaks(LEAK_CONFIRMED));
    write_all(folder, "leak-suspected", form_case_leaks(LEAK_SUSPECTED));
    write_all(folder, "leak-none", form_case_leaks(LEAK_NONE));
    write_all(folder, "target-fails", form_case_target_fails());
    write_all(folder, "nothing", form_case_nothing());
    for (size_t i = 0; i < FORM_HOSTILE; i++) {
        char *name = text_format("hostile-%zu", i);
        write_all(folder, name, form_case_all(form_hostile[i], 50));
        free(name);
    }
    for (long i = 0; i < atol(argv[2]); i++) {
        char *name = text_format("random-%ld", i);
        write_all(folder, name, form_case_random((uint64_t)i));
        free(name);
    }
    return 0;
}
