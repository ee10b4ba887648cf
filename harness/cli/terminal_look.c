#include "cli/terminal_look.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output/live_view.h"

/* poll() promises that a pipe takes this much without blocking (pipe(7)). */
#define PIECE_BYTES ((size_t)4096)

struct terminal_look terminal_look(int fd) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    bool is = isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
    return (struct terminal_look){
        .is = is,
        .colour = is && !(no_color && *no_color),
        .utf8 = live_shows_utf8(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"), term),
    };
}

void terminal_size(int fd, int *ret_columns, int *ret_rows) {
    struct winsize size = {0};
    (void)ioctl(fd, TIOCGWINSZ, &size);
    *ret_columns = size.ws_col > 0 ? size.ws_col : 80;
    *ret_rows = size.ws_row > 0 ? size.ws_row : 24;
}

const char *terminal_put(int fd, const char *text, int wait_ms) {
    size_t left = strlen(text);
    while (left > 0) {
        struct pollfd takes = {.fd = fd, .events = POLLOUT};
        if (poll(&takes, 1, wait_ms) <= 0)
            return text;
        ssize_t written = write(fd, text, left < PIECE_BYTES ? left : PIECE_BYTES);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            break; /* it is gone */
        text += written;
        left -= (size_t)written;
    }
    return "";
}
