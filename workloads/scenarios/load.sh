#!/bin/sh
# Runs a load generator and fails where it does not say by itself that its load did not go through:
#   load.sh wrk|hey|redis-benchmark|pgbench [ARG...]
# wrk and hey end with 0 whatever was refused, cut off or answered with an error; redis-benchmark waits for ever for a
# server that is gone.
report=$(timeout 60 "$@" 2>&1)
status=$?
printf '%s\n' "$report"
[ "$status" = 0 ] || exit "$status"
case $1 in
wrk) ! printf '%s\n' "$report" | grep -qE '^ *(Socket errors|Non-2xx or 3xx responses):' ;;
hey) ! printf '%s\n' "$report" | grep -qE '^Error distribution:|^ *\[[1345][0-9][0-9]\]' ;;
esac
