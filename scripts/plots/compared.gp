# Results side by side, from a table with a row for each (result, needed_min_bytes, needed_bytes, needed_max_bytes,
# peak_bytes, oom_point_bytes, slowdown_point_bytes, request_bytes, limit_bytes, row):
#   gnuplot -e "data='compared.csv'; out='compared.svg'" scripts/plots/compared.gp
if (!exists("data") || !exists("out")) {
    print "compared.gp: say -e \"data='FILE.csv'; out='FILE.svg'\" (or .png)"
    exit status 2
}
png = strlen(out) > 4 && out[strlen(out) - 3:*] eq ".png"
if (png) { set terminal pngcairo size 1400, 720 font "sans,20" linewidth 2 }
else { set terminal svg size 700, 360 dynamic font "sans-serif,14" linewidth 1.5 }
set output out
set datafile separator comma
set datafile columnheaders

cell(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : NaN
part(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : 0
larger(a, b) = a > b ? a : b

stats data using (cell("result")) name "results" nooutput
stats data using (larger(part("limit_bytes"), larger(part("peak_bytes"), part("oom_point_bytes")))) name "all" nooutput
highest = all_max > 0 ? all_max : 1
unit = highest >= 4. * 2**30 ? 2.**30 : highest >= 2.**20 ? 2.**20 : 2.**10
set ylabel unit == 2.**30 ? "GiB" : unit == 2.**20 ? "MiB" : "KiB"
set xlabel "result"
set xrange [0.5:results_max + 0.5]
set yrange [0:highest / unit * 1.08]
set xtics 1
set key outside top center horizontal reverse Left noenhanced samplen 1.5
set border 3
set tics nomirror out
set style fill solid 0.25 noborder

plot \
    data using (cell("result")):((cell("request_bytes") + cell("limit_bytes")) / 2 / unit):(0.3):((cell("limit_bytes") - cell("request_bytes")) / 2 / unit) with boxxyerror linecolor rgb "#009E73" title "request to limit", \
    data using (cell("result")):(cell("needed_min_bytes") / unit):(0):((cell("needed_max_bytes") - cell("needed_min_bytes")) / unit) with vectors nohead linecolor rgb "#0072B2" linewidth 2 notitle, \
    data using (cell("result")):(cell("needed_bytes") / unit) with points linecolor rgb "#0072B2" pointtype 7 pointsize 1 title "needed, median", \
    data using (cell("result") + 0.12):(cell("peak_bytes") / unit) with points linecolor rgb "#777777" pointtype 8 pointsize 1.3 title "peak", \
    data using (cell("result") - 0.12):(cell("oom_point_bytes") / unit) with points linecolor rgb "#D55E00" pointtype 2 pointsize 1.3 title "OOM point", \
    data using (cell("result") - 0.2):(cell("slowdown_point_bytes") / unit) with points linecolor rgb "#CC79A7" pointtype 4 pointsize 1.2 title "slowdown point"
