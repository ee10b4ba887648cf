# Time and stall at each limit, with what became of the runs there:
#   gnuplot -e "data='results/latest/plot-limits.csv'; out='limits.svg'" scripts/plots/limits.gp
# May be set too: ooms_bytes, survives_bytes, slowdown_bytes, request_bytes, limit_bytes (recommended), free_s (time
# without a limit), rate (1: the service's throughput is what is drawn).
if (!exists("data") || !exists("out")) {
    print "limits.gp: say -e \"data='FILE.csv'; out='FILE.svg'\" (or .png)"
    exit status 2
}
png = strlen(out) > 4 && out[strlen(out) - 3:*] eq ".png"
if (png) { set terminal pngcairo size 1400, 720 font "sans,20" linewidth 2 }
else { set terminal svg size 700, 360 dynamic font "sans-serif,14" linewidth 1.5 }
set output out
set datafile separator comma
set datafile columnheaders
rate = exists("rate") ? int(rate) : 0

cell(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : NaN
part(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : 0
height(n) = rate ? cell("rate_per_s") : cell("time_median_s")

# The mark of a limit lies on the axis even where no run was taken at it.
stats data using (cell("limit_bytes")) name "tried" nooutput
lowest = tried_min
highest = tried_max
if (exists("request_bytes")) { lowest = lowest < request_bytes ? lowest : request_bytes; highest = highest > request_bytes ? highest : request_bytes }
if (exists("limit_bytes")) { highest = highest > limit_bytes ? highest : limit_bytes }
unit = highest >= 4. * 2**30 ? 2.**30 : highest >= 2.**20 ? 2.**20 : 2.**10
set xlabel unit == 2.**30 ? "limit, GiB" : unit == 2.**20 ? "limit, MiB" : "limit, KiB"
margin = highest > lowest ? (highest - lowest) * 0.05 : highest * 0.05
set xrange [(lowest - margin) / unit:(highest + margin) / unit]

stats data using (part(rate ? "rate_per_s" : "time_max_s")) name "tall" nooutput
tallest = tall_max
if (exists("free_s") && !rate) { tallest = tallest > free_s ? tallest : free_s }
tallest = tallest > 0 ? tallest : 1
second = rate || tallest >= 0.5 ? 1. : 0.001
set ylabel rate ? "per second" : second == 1. ? "seconds" : "milliseconds"
set yrange [0:tallest / second * 1.15]
stats data using (part("stall_ratio")) name "stalled" nooutput
if (stalled_max > 0) {
    set y2label "stalled, %"
    set y2range [0:100]
    set y2tics nomirror out
}
set key outside top center horizontal reverse Left noenhanced samplen 1.5
set border stalled_max > 0 ? 11 : 3
set tics nomirror out
set samples 2
stats data using (part("others")) name "other" nooutput
died_at = tallest / second * 0.04

# In SVG an arrow has the dashes of the one before it where it has its colour and width too.
if (exists("ooms_bytes")) { set object rectangle from graph 0, graph 0 to ooms_bytes / unit, graph 1 fillcolor rgb "#D55E00" fillstyle solid 0.12 noborder behind }
if (exists("survives_bytes")) { set arrow from survives_bytes / unit, graph 0 to survives_bytes / unit, graph 1 nohead linecolor rgb "#0072B2" front }
if (exists("slowdown_bytes")) { set arrow from slowdown_bytes / unit, graph 0 to slowdown_bytes / unit, graph 1 nohead linecolor rgb "#CC79A7" dashtype 4 front }
if (exists("request_bytes")) { set arrow from request_bytes / unit, graph 0 to request_bytes / unit, graph 1 nohead linecolor rgb "#009E73" dashtype 3 front }
if (exists("limit_bytes")) { set arrow from limit_bytes / unit, graph 0 to limit_bytes / unit, graph 1 nohead linecolor rgb "#009E73" linewidth 1.8 front }

plot \
    data using (part("lived") > 0 ? cell("limit_bytes") / unit : NaN):(height(0) / second) with linespoints linecolor rgb "#0072B2" pointtype 7 pointsize 0.6 title rate ? "throughput" : "time, median", \
    data using (part("lived") > 0 && !rate ? cell("limit_bytes") / unit : NaN):(cell("time_min_s") / second):(0):((cell("time_max_s") - cell("time_min_s")) / second) with vectors nohead linecolor rgb "#0072B2" linewidth 0.7 notitle, \
    data using (part("died") > 0 ? cell("limit_bytes") / unit : NaN):(died_at) with points linecolor rgb "#D55E00" pointtype 2 pointsize 1.2 title "died", \
    data using (part("others") > 0 ? cell("limit_bytes") / unit : NaN):(died_at * 2.5) with points linecolor rgb "#888888" pointtype 6 pointsize 0.8 title other_max > 0 ? "other endings" : "", \
    data using (cell("limit_bytes") / unit):(stalled_max > 0 ? cell("stall_ratio") * tallest / second * 1.15 : NaN) with linespoints linecolor rgb "#B87A00" pointtype 4 pointsize 0.6 title stalled_max > 0 ? "stalled" : "", \
    !rate && exists("free_s") ? free_s / second : NaN with lines linecolor rgb "#777777" dashtype 3 title !rate && exists("free_s") ? "no limit" : "", \
    NaN with lines linecolor rgb "#0072B2" title exists("survives_bytes") ? "OOM point" : "", \
    NaN with lines linecolor rgb "#CC79A7" dashtype 4 title exists("slowdown_bytes") ? "slowdown point" : "", \
    NaN with lines linecolor rgb "#009E73" dashtype 3 title exists("request_bytes") ? "request" : "", \
    NaN with lines linecolor rgb "#009E73" linewidth 1.8 title exists("limit_bytes") ? "limit" : ""
