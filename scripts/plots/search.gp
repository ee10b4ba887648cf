# The limits that a search tried, in the order of its runs:
#   gnuplot -e "data='results/latest/plot-runs.csv'; out='search.svg'" scripts/plots/search.gp
# May be set too: ooms_bytes, survives_bytes (the bracket).
if (!exists("data") || !exists("out")) {
    print "search.gp: say -e \"data='FILE.csv'; out='FILE.svg'\" (or .png)"
    exit status 2
}
png = strlen(out) > 4 && out[strlen(out) - 3:*] eq ".png"
if (png) { set terminal pngcairo size 1400, 640 font "sans,20" linewidth 2 }
else { set terminal svg size 700, 320 dynamic font "sans-serif,14" linewidth 1.5 }
set output out
set datafile separator comma
set datafile columnheaders

cell(name) = strlen(stringcolumn(name)) ? real(stringcolumn(name)) : NaN
# Proofs come after the search, at a limit far above it.
searched(name) = stringcolumn("purpose") eq "verify" ? NaN : cell(name)
at(class) = stringcolumn("ending") eq class ? searched("limit_bytes") : NaN

stats data using (searched("limit_bytes") > 0 ? cell("run") : NaN) name "all" nooutput
stats data using (searched("limit_bytes")) name "tried" nooutput
highest = tried_max
lowest = tried_min
stats data using (stringcolumn("ending") eq "other" && searched("limit_bytes") > 0 ? 1 : 0) name "other" nooutput
unit = highest >= 4. * 2**30 ? 2.**30 : highest >= 2.**20 ? 2.**20 : 2.**10
set ylabel unit == 2.**30 ? "limit, GiB" : unit == 2.**20 ? "limit, MiB" : "limit, KiB"
set xlabel "run"
set xrange [0:all_max + 1]
margin = highest > lowest ? (highest - lowest) * 0.1 : highest * 0.1
set yrange [(lowest - margin > 0 ? lowest - margin : 0) / unit:(highest + margin) / unit]
set xtics 1, all_max > 200 ? 50 : all_max > 60 ? 10 : all_max > 24 ? 5 : all_max > 12 ? 2 : 1
set key outside top center horizontal reverse Left noenhanced samplen 1.5
set border 3
set tics nomirror out
set samples 2
if (exists("ooms_bytes") && exists("survives_bytes")) { set object rectangle from graph 0, first ooms_bytes / unit to graph 1, first survives_bytes / unit fillcolor rgb "#0072B2" fillstyle solid 0.25 noborder behind }

plot \
    data using (cell("run")):(searched("limit_bytes") / unit) with lines linecolor rgb "#999999" linewidth 0.6 notitle, \
    data using (cell("run")):(at("lived") / unit) with points linecolor rgb "#0072B2" pointtype 7 pointsize 1 title "lived", \
    data using (cell("run")):(at("died") / unit) with points linecolor rgb "#D55E00" pointtype 2 pointsize 1.3 title "died", \
    data using (cell("run")):(at("other") / unit) with points linecolor rgb "#888888" pointtype 6 pointsize 1 title other_max > 0 ? "other endings" : "", \
    exists("survives_bytes") ? survives_bytes / unit : NaN with lines linecolor rgb "#0072B2" title exists("survives_bytes") ? "OOM point" : ""
