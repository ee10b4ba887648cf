# Memory over one run, from its samples (or the thinned ones that plimsoll report leaves beside its pictures):
#   gnuplot -e "data='results/latest/samples-001.csv'; out='run.svg'" scripts/plots/timeline.gp
# May be set too: limit_bytes, peak_bytes, died_s, ready_s, loads
# ("FROM:TO FROM:TO ...", seconds; of a squeeze "FROM:TO:LIMIT ...", bytes).
if (!exists("data") || !exists("out")) {
    print "timeline.gp: say -e \"data='FILE.csv'; out='FILE.svg'\" (or .png)"
    exit status 2
}
png = strlen(out) > 4 && out[strlen(out) - 3:*] eq ".png"
if (png) { set terminal pngcairo size 1400, 720 font "sans,20" linewidth 2 }
else { set terminal svg size 700, 360 dynamic font "sans-serif,14" linewidth 1.5 }
set output out
set datafile separator comma
set datafile columnheaders

# An empty cell is not known, and adds nothing to what is stacked.
cell(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : NaN
part(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : 0

stats data using (cell("time_s")) name "time" nooutput
stats data using (part("usage_bytes")) name "used" nooutput
stats data using (part("shmem_bytes")) name "shared" nooutput
stats data using (part("window_peak_bytes")) name "window" nooutput
highest = used_max > window_max ? used_max : window_max
if (exists("limit_bytes")) { highest = highest > limit_bytes ? highest : limit_bytes }
last = time_max
if (exists("died_s")) { last = last > died_s ? last : died_s }

gib = highest >= 4. * 2**30
unit = gib ? 2.**30 : highest >= 2.**20 ? 2.**20 : 2.**10
set ylabel gib ? "GiB" : unit == 2.**20 ? "MiB" : "KiB"
second = last >= 7200 ? 3600. : last >= 180 ? 60. : last >= 0.5 ? 1. : 0.001
set xlabel second == 3600. ? "hours" : second == 60. ? "minutes" : second == 1. ? "seconds" : "milliseconds"
set yrange [0:highest / unit * 1.06]
set xrange [0:last > 0 ? last / second : 1]
set key outside top center horizontal reverse Left noenhanced samplen 1.5
set border 3
set tics nomirror out
set samples 2
set style fill solid 1 noborder

stepped = 0
if (exists("loads")) {
    do for [load in loads] {
        colon = strstrt(load, ":")
        rest = load[colon + 1:*]
        comma = strstrt(rest, ":")
        from = real(load[1:colon - 1]) / second
        to = real(comma ? rest[1:comma - 1] : rest) / second
        set object rectangle from from, graph 0 to to, graph 1 fillcolor rgb "#888888" fillstyle solid 0.13 noborder behind
        if (comma) {
            stepped = 1
            step = real(rest[comma + 1:*]) / unit
            set arrow from from, first step to to, first step nohead linecolor rgb "#D55E00" dashtype 2 front
        }
    }
}
if (exists("ready_s")) { set arrow from ready_s / second, graph 0 to ready_s / second, graph 1 nohead linecolor rgb "#888888" dashtype 3 front }
if (exists("died_s")) { set arrow from died_s / second, graph 0 to died_s / second, graph 1 nohead linecolor rgb "#D55E00" front }

x(name) = cell(name) / second
anon(n) = part("anon_bytes")
shared(n) = anon(0) + part("shmem_bytes")
kernel(n) = shared(0) + part("kernel_bytes")
files(n) = kernel(0) + part("file_bytes") - part("shmem_bytes")
top(n) = part("window_peak_bytes") > part("usage_bytes") ? part("window_peak_bytes") : cell("usage_bytes")

plot \
    data using (x("time_s")):(files(0) / unit) with filledcurves x1 linecolor rgb "#A6A6A6" title "page cache", \
    data using (x("time_s")):(kernel(0) / unit) with filledcurves x1 linecolor rgb "#CC79A7" title "kernel", \
    data using (x("time_s")):(shared(0) / unit) with filledcurves x1 linecolor rgb "#56B4E9" title shared_max > 0 ? "shared" : "", \
    data using (x("time_s")):(anon(0) / unit) with filledcurves x1 linecolor rgb "#0072B2" title "anonymous", \
    data using (x("time_s")):(top(0) / unit) with lines linecolor rgb "#777777" linewidth 0.7 title "usage", \
    data using (x("time_s")):(cell("working_set_bytes") / unit) with lines linecolor rgb "#B87A00" title "working set", \
    exists("peak_bytes") ? peak_bytes / unit : NaN with lines linecolor rgb "#009E73" dashtype 3 title exists("peak_bytes") ? "peak" : "", \
    exists("limit_bytes") ? limit_bytes / unit : NaN with lines linecolor rgb "#D55E00" dashtype 2 title exists("limit_bytes") || stepped ? "limit" : "", \
    NaN with lines linecolor rgb "#D55E00" title exists("died_s") ? "end" : "", \
    NaN with lines linecolor rgb "#888888" dashtype 3 title exists("ready_s") ? "ready" : "", \
    NaN with filledcurves x1 linecolor rgb "#888888" fillstyle solid 0.13 title exists("loads") ? "load" : ""
