# What a target held when it held least, over its run, with the fitted growth and its 95 % interval:
#   gnuplot -e "data='results/latest/plot-leak.csv'; out='leak.svg'" scripts/plots/leak.gp
# The fit, where there is one: at_s and at_bytes (the middle of the points that count), bytes_per_s, low_bytes_per_s,
# high_bytes_per_s, from_s, to_s. May be set too: limit_bytes.
if (!exists("data") || !exists("out")) {
    print "leak.gp: say -e \"data='FILE.csv'; out='FILE.svg'\" (or .png)"
    exit status 2
}
png = strlen(out) > 4 && out[strlen(out) - 3:*] eq ".png"
if (png) { set terminal pngcairo size 1400, 640 font "sans,20" linewidth 2 }
else { set terminal svg size 700, 320 dynamic font "sans-serif,14" linewidth 1.5 }
set output out
set datafile separator comma
set datafile columnheaders

cell(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : NaN
counted(n) = stringcolumn("counts") eq "1" ? cell("bytes") : NaN
before(n) = stringcolumn("counts") eq "1" ? NaN : cell("bytes")

stats data using (cell("time_s")) name "time" nooutput
stats data using (cell("bytes")) name "seen" nooutput
lowest = seen_min
highest = seen_max
# The limit is drawn where the growth comes near it.
near = exists("limit_bytes") && limit_bytes < highest + (highest - lowest) * 3
if (near) { highest = highest > limit_bytes ? highest : limit_bytes }
unit = highest >= 4. * 2**30 ? 2.**30 : highest >= 2.**20 ? 2.**20 : 2.**10
set ylabel unit == 2.**30 ? "GiB" : unit == 2.**20 ? "MiB" : "KiB"
last = time_max
second = last >= 7200 ? 3600. : last >= 180 ? 60. : last >= 0.5 ? 1. : 0.001
set xlabel second == 3600. ? "hours" : second == 60. ? "minutes" : second == 1. ? "seconds" : "milliseconds"
set xrange [0:last > 0 ? last / second * 1.02 : 1]
# Growth of less than a hundredth does not fill the picture.
span = highest - lowest > highest * 0.01 ? highest - lowest : highest * 0.01
set yrange [(lowest - span * 0.2 > 0 ? lowest - span * 0.2 : 0) / unit:(highest + span * 0.2) / unit]
set key outside top center horizontal reverse Left noenhanced samplen 1.5
set border 3
set tics nomirror out
set samples 65
fitted = exists("bytes_per_s")
if (!fitted) { at_s = 0; at_bytes = 0; bytes_per_s = 0; from_s = 0; to_s = 0 }
interval = exists("low_bytes_per_s") && exists("high_bytes_per_s")
if (!interval) { low_bytes_per_s = bytes_per_s; high_bytes_per_s = bytes_per_s }
inside(x) = fitted && x * second >= from_s && x * second <= to_s
line(x, rate) = inside(x) ? (at_bytes + rate * (x * second - at_s)) / unit : NaN

plot \
    data using (cell("time_s") / second):(before(0) / unit) with points linecolor rgb "#999999" pointtype 6 pointsize 0.5 title "before it counts", \
    data using (cell("time_s") / second):(counted(0) / unit) with points linecolor rgb "#0072B2" pointtype 7 pointsize 0.5 title "held at least", \
    '+' using 1:(line($1, low_bytes_per_s)):(line($1, high_bytes_per_s)) with filledcurves linecolor rgb "#D55E00" fillstyle transparent solid 0.2 noborder title interval ? "95 % interval" : "", \
    '+' using 1:(line($1, bytes_per_s)) with lines linecolor rgb "#D55E00" title fitted ? "growth" : "", \
    near ? limit_bytes / unit : NaN with lines linecolor rgb "#D55E00" dashtype 2 title near ? "limit" : ""
