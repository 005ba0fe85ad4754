# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Convert the measured lines to results, and results to tables, the chart and the check.

# Print the results of $raw as JSON.
results_json()
{
	jq -R -s -f "$bench/render/results.jq" --arg date "$(date -u +%F)" \
		--arg commit "$(git -C "$top" describe --always --dirty 2>/dev/null || echo unknown)" \
		--arg qemu "$(qemu-system-x86_64 --version | head -n 1)" \
		--arg bochs "$(dpkg-query -W -f '${Version}' bochs 2>/dev/null || echo none)" \
		--arg perf "$(dpkg-query -W -f '${Version}' linux-perf 2>/dev/null || echo none)" <"$raw"
}

# table NAME FILE: print the table NAME with the results in FILE. Columns are separated by tabs.
table()
{
	jq -r -L "$bench/render" --arg part "$1" -f "$bench/render/table.jq" "$2"
}

# All tables, in the order in which they are printed. Tables without rows are not printed.
tables="tools cheaper leaves crowds memory snapshots times skipped targets"

# print_tables FILE
print_tables()
{
	for name in $tables; do
		table "$name" "$1" >"$run/table"
		[ "$(wc -l <"$run/table")" -gt 1 ] || continue
		column -t -s '	' <"$run/table"
		echo
	done
}

# draw_chart FILE: print a chart of the instructions that each tool adds to a hypercall on amd.
draw_chart()
{
	jq -r '[.measurements[] | select(.machine == "amd" and .paging == "nested" and .loop == "hypercall" and .added >= 1)]
		| sort_by(.added)[] | [.tool, .added] | @tsv' "$1" |
		awk -v title="Instructions that a tool adds to a VM exit" \
			-v subtitle="hypercall on the amd machine, nested paging; logarithmic scale; lower is better" \
			-f "$bench/render/chart.awk"
}

# write_figures DOCUMENT FILE: update the tables and figures in DOCUMENT with the results in
# FILE. A table is the text between the lines "<!-- table NAME -->" and "<!-- end -->". A figure
# in a sentence is enclosed by two marks on the same line, as in
# "<!-- figure NAME -->80<!-- end -->".
write_figures()
{
	table figures "$2" >"$run/figures"
	for name in $tables; do
		table "$name" "$2" | awk -F '\t' -v OFS=' | ' '
			{ $1 = $1; line[NR] = "| " $0 " |" }
			NR == 1 { for (i = 1; i <= NF; i++) rule = rule "|---"; line[1] = line[1] "\n" rule "|" }
			END { if (NR < 2) print "None."; else for (i = 1; i <= NR; i++) print line[i] }
		' >"$run/$name.md"
	done
	awk -v folder="$run" '
		BEGIN { while ((getline line <(folder "/figures")) > 0) { split(line, part, "\t"); value[part[1]] = part[2] } }
		/^<!-- table / { print; file = folder "/" $3 ".md"; while ((getline line <file) > 0) print line; inside = 1; next }
		/^<!-- end -->/ { inside = 0 }
		!inside { print with_figures($0) }

		function with_figures(text,	done, mark, name)
		{
			while (match(text, /<!-- figure [a-z-]+ -->[^<]*<!-- end -->/)) {
				mark = substr(text, RSTART, RLENGTH)
				done = done substr(text, 1, RSTART - 1)
				text = substr(text, RSTART + RLENGTH)
				name = mark
				sub(/^<!-- figure /, "", name)
				sub(/ .*/, "", name)
				if (name in value)
					mark = "<!-- figure " name " -->" value[name] "<!-- end -->"
				done = done mark
			}
			return done text
		}
	' "$1" >"$run/document"
	cp "$run/document" "$1"
}

# write_documents FILE: write the chart and the figures of docs/overhead.md.
write_documents()
{
	jq -e '.measurements | length > 0' "$1" >/dev/null || die "$1 has no measurements: the documents are unchanged"
	draw_chart "$1" >"$run/overhead.svg"
	cp "$run/overhead.svg" "$top/docs/overhead.svg"
	write_figures "$top/docs/overhead.md" "$1"
	echo "written: docs/overhead.svg, the figures of docs/overhead.md"
}

# publish FILE: copy the results in FILE to bench/results, and update docs/overhead.md and its
# chart.
publish()
{
	jq -e '.measurements | length > 0' "$1" >/dev/null || die "nothing was measured: results and documents are unchanged"
	dated=bench/results/$(date -u +%F).json
	mkdir -p "$bench/results"
	cp "$1" "$top/$dated"
	echo "written: $dated"
	write_documents "$1"
}

# Print the newest results that are committed in HEAD.
committed()
{
	last=$(git -C "$top" ls-files 'bench/results/*.json' | sort | tail -n 1)
	[ -n "$last" ] || die "--check: bench/results has no committed results: run script/bench and commit them"
	git -C "$top" show "HEAD:$last"
}

# check_growth FILE: compare the figures of vmtoll with the committed results, and print one line
# "ok ..." or "not ok ..." for each figure. Fail if a line is "not ok" or if there are no
# figures.
check_growth()
{
	jq -r --argjson allowed "$growth_allowed" --slurpfile old "$run/committed.json" -L "$bench/render" -f "$bench/render/check.jq" \
		"$1" >"$run/check"
	cat "$run/check"
	grep -q '^ok' "$run/check" && ! grep -q '^not ok' "$run/check"
}
