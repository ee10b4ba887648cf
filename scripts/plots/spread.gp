# What each run that lived needed, and where it peaked:
#   gnuplot -e "data='results/latest/plot-runs.csv'; out='spread.svg'" scripts/plots/spread.gp
# May be set too: needed_bytes (the median), request_bytes.
if (!exists("data") || !exists("out")) {
    print "spread.gp: say -e \"data='FILE.csv'; out='FILE.svg'\" (or .png)"
    exit status 2
}
png = strlen(out) > 4 && out[strlen(out) - 3:*] eq ".png"
if (png) { set terminal pngcairo size 1400, 640 font "sans,20" linewidth 2 }
else { set terminal svg size 700, 320 dynamic font "sans-serif,14" linewidth 1.5 }
set output out
set datafile separator comma
set datafile columnheaders

cell(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : NaN
lived(name) = stringcolumn("ending") eq "lived" ? cell(name) : NaN

stats data using (cell("run")) name "all" nooutput
stats data using (lived("needed_bytes")) name "need" nooutput
stats data using (lived("peak_bytes")) name "top" nooutput
lowest = need_min
highest = top_max > need_max ? top_max : need_max
if (exists("request_bytes")) { lowest = lowest < request_bytes ? lowest : request_bytes; highest = highest > request_bytes ? highest : request_bytes }
unit = highest >= 4. * 2**30 ? 2.**30 : highest >= 2.**20 ? 2.**20 : 2.**10
set ylabel unit == 2.**30 ? "GiB" : unit == 2.**20 ? "MiB" : "KiB"
set xlabel "run"
set xrange [0:all_max + 1]
# The axis does not begin at 0 here: the differences are what is to be seen.
margin = highest > lowest ? (highest - lowest) * 0.15 : highest * 0.02
set yrange [(lowest - margin > 0 ? lowest - margin : 0) / unit:(highest + margin) / unit]
set xtics 1, all_max > 200 ? 50 : all_max > 60 ? 10 : all_max > 24 ? 5 : all_max > 12 ? 2 : 1
set key outside top center horizontal reverse Left noenhanced samplen 1.5
set border 3
set tics nomirror out
set samples 2
set object rectangle from graph 0, first need_min / unit to graph 1, first need_max / unit fillcolor rgb "#0072B2" fillstyle solid 0.12 noborder behind

plot \
    data using (cell("run")):(lived("needed_bytes") / unit) with points linecolor rgb "#0072B2" pointtype 7 pointsize 1 title "needed", \
    data using (cell("run")):(lived("peak_bytes") / unit) with points linecolor rgb "#777777" pointtype 8 pointsize 1.3 title "peak", \
    exists("needed_bytes") ? needed_bytes / unit : NaN with lines linecolor rgb "#0072B2" title exists("needed_bytes") ? "median needed" : "", \
    exists("request_bytes") ? request_bytes / unit : NaN with lines linecolor rgb "#009E73" dashtype 3 title exists("request_bytes") ? "request" : ""
