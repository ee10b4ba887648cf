#include "cli/full_screen.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/terminal_look.h"
#include "trial/terminal.h"

#define STALL_MS 1000

/* ECMA-48, and xterm's second page. */
#define TO_OWN_PAGE   "\033[?1049h" HIDE_CURSOR
#define FROM_OWN_PAGE SHOW_CURSOR "\033[?1049l"
#define TO_TOP        "\033[H"
#define CLEAR_LINE    "\033[K"
#define CLEAR_BELOW   "\033[J"

void full_screen_look(struct full_screen *screen) {
    struct terminal_look look = terminal_look(STDOUT_FILENO);
    *screen = (struct full_screen){.live = look.is, .colour = look.colour, .utf8 = look.utf8};
    screen->order = (struct terminal_order){.fd = STDOUT_FILENO, .text = FROM_OWN_PAGE};
}

/* Gives up on a terminal that takes nothing (Ctrl-S): a watch that waits for it could not be ended. */
static void put(const char *text) {
    (void)terminal_put(STDOUT_FILENO, text, STALL_MS);
}

/* Of standard input as it is to be again. Asked once: after a stop that nobody could answer (SIGSTOP) a shell
 * brings back our own. */
static void keep_settings(struct terminal_order *order) {
    if (order->has_settings || !isatty(STDIN_FILENO) || terminal_is_others(STDIN_FILENO))
        return;
    order->keyboard = STDIN_FILENO;
    order->has_settings = tcgetattr(STDIN_FILENO, &order->settings) == 0;
}

/* Keys come one by one. */
static bool take_keys(const struct terminal_order *order) {
    struct termios now = order->settings;
    if (!order->has_settings || terminal_is_others(order->keyboard))
        return false;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    return tcsetattr(order->keyboard, TCSANOW, &now) == 0;
}

bool full_screen_is_seen(const struct full_screen *screen) {
    return screen->live && !terminal_is_others(STDOUT_FILENO);
}

bool full_screen_is_lost(const struct full_screen *screen) {
    return screen->open && screen->stops != terminal_stops();
}

bool full_screen_open(struct full_screen *screen) {
    if (!full_screen_is_seen(screen))
        return false;
    if (screen->open && !full_screen_is_lost(screen))
        return true;
    screen->open = true;
    screen->stops = terminal_stops();
    keep_settings(&screen->order);
    terminal_guard_with(&screen->order);
    screen->keys = take_keys(&screen->order);
    put(TO_OWN_PAGE);
    return true;
}

void full_screen_close(struct full_screen *screen) {
    if (screen->open && !full_screen_is_lost(screen) && full_screen_is_seen(screen)) {
        put(FROM_OWN_PAGE);
        if (screen->order.has_settings && !terminal_is_others(screen->order.keyboard))
            (void)tcsetattr(screen->order.keyboard, TCSAFLUSH, &screen->order.settings);
    }
    terminal_guard_done(&screen->order);
    screen->open = false;
    screen->keys = false;
}

void full_screen_draw(const struct full_screen *screen, const char *text) {
    struct strbuf frame = {0};
    if (!screen->open)
        return;
    strbuf_add(&frame, TO_TOP);
    while (*text) {
        size_t length = strcspn(text, "\n");
        strbuf_add_bytes(&frame, text, length);
        strbuf_add(&frame, CLEAR_LINE);
        text += length + (text[length] == '\n');
        if (*text) /* none after the last, which would scroll the page */
            strbuf_add(&frame, "\r\n");
    }
    strbuf_add(&frame, CLEAR_BELOW);
    put(strbuf_text(&frame));
    strbuf_free(&frame);
}

int full_screen_keyboard(const struct full_screen *screen) {
    return screen->keys && !terminal_is_others(screen->order.keyboard) ? screen->order.keyboard : -1;
}

char full_screen_key(struct full_screen *screen) {
    char key;
    if (!screen->keys)
        return '\0';
    screen->keys = read(screen->order.keyboard, &key, 1) == 1;
    return screen->keys ? key : '\0';
}
