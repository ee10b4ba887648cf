#include "cli/terminal_guard.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "trial/terminal.h"

/* What ends a process that does not handle it, and is not handled elsewhere: our own mistakes, and Ctrl-\. */
static const int deadly[] = {SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU};

#define DEADLY (sizeof deadly / sizeof *deadly)

static struct sigaction before[DEADLY];
static const struct terminal_order *_Atomic guarded;
static volatile sig_atomic_t stops;

/* Async-signal-safe. */
static void put_in_order(void) {
    const struct terminal_order *order = atomic_exchange(&guarded, NULL);
    if (!order)
        return;
    if (!terminal_is_others(order->fd))
        (void)!write(order->fd, order->text, strlen(order->text));
    if (order->has_settings && !terminal_is_others(order->keyboard))
        (void)tcsetattr(order->keyboard, TCSANOW, &order->settings);
}

/* Then whatever would have become of us without this. */
static void on_deadly(int number) {
    put_in_order();
    for (size_t i = 0; i < DEADLY; i++)
        if (deadly[i] == number)
            sigaction(number, &before[i], NULL);
    raise(number);
}

static void on_continue(int number) {
    (void)number;
    stops++;
}

static void take(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(number, &action, NULL);
}

/* Stops as it would have without a handler, which is not at all where nobody could continue us. */
static void on_stop(int number) {
    sigset_t set;
    sigset_t mask;
    put_in_order();
    take(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, &mask); /* here */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    take(number, on_stop);
    stops++;
}

void terminal_guard(sigset_t *blocked) {
    struct sigaction now;
    for (size_t i = 0; i < DEADLY; i++) {
        sigaction(deadly[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            take(deadly[i], on_deadly);
    }
    sigaction(SIGTSTP, NULL, &now);
    if (now.sa_handler == SIG_IGN) /* of a shell without jobs */
        return;
    take(SIGTSTP, on_stop);
    take(SIGCONT, on_continue);
    sigaddset(blocked, SIGTSTP);
    sigaddset(blocked, SIGCONT);
}

void terminal_guard_with(const struct terminal_order *order) {
    atomic_store(&guarded, order);
}

void terminal_guard_done(const struct terminal_order *order) {
    const struct terminal_order *expected = order;
    atomic_compare_exchange_strong(&guarded, &expected, NULL);
}

int terminal_stops(void) {
    return stops;
}
