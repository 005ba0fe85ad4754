# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# From the lines that were measured to results, and from results to tables, the chart and the check.

# results_json: of $raw
results_json()
{
	jq -R -s -f "$bench/render/results.jq" --arg date "$(date -u +%F)" \
		--arg commit "$(git -C "$top" describe --always --dirty 2>/dev/null || echo unknown)" \
		--arg qemu "$(qemu-system-x86_64 --version | head -n 1)" \
		--arg bochs "$(dpkg-query -W -f '${Version}' bochs 2>/dev/null || echo none)" \
		--arg perf "$(dpkg-query -W -f '${Version}' linux-perf 2>/dev/null || echo none)" <"$raw"
}

# table NAME FILE: with tabs
table()
{
	jq -r -L "$bench/render" --arg part "$1" -f "$bench/render/table.jq" "$2"
}

# The tables that there are, in order; one without lines is left out.
tables="tools cheaper leaves crowds memory snapshots times skipped targets"

print_tables()
{
	for name in $tables; do
		table "$name" "$1" >"$run/table"
		[ "$(wc -l <"$run/table")" -gt 1 ] || continue
		column -t -s '	' <"$run/table"
		echo
	done
}

# The loop of hypercalls on amd: what each tool adds.
draw_chart()
{
	jq -r '[.measurements[] | select(.machine == "amd" and .paging == "nested" and .loop == "hypercall" and .added >= 1)]
		| sort_by(.added)[] | [.tool, .added] | @tsv' "$1" |
		awk -v title="Instructions that a tool adds to a VM exit" -f "$bench/render/chart.awk"
}

# write_tables DOCUMENT FILE: between the marks "<!-- table NAME -->" and "<!-- end -->" stands table NAME.
write_tables()
{
	for name in $tables; do
		table "$name" "$2" | awk -F '\t' -v OFS=' | ' '
			{ $1 = $1; line[NR] = "| " $0 " |" }
			NR == 1 { for (i = 1; i <= NF; i++) rule = rule "|---"; line[1] = line[1] "\n" rule "|" }
			END { if (NR < 2) print "None."; else for (i = 1; i <= NR; i++) print line[i] }
		' >"$run/$name.md"
	done
	awk -v folder="$run" '
		/^<!-- table / { print; file = folder "/" $3 ".md"; while ((getline line <file) > 0) print line; inside = 1; next }
		/^<!-- end -->/ { inside = 0 }
		!inside { print }
	' "$1" >"$run/document"
	cp "$run/document" "$1"
}

# publish FILE: into the files that are committed
publish()
{
	jq -e '.measurements | length > 0' "$1" >/dev/null || die "nothing was measured: results and documents are left as they are"
	dated=bench/results/$(date -u +%F).json
	mkdir -p "$bench/results"
	cp "$1" "$top/$dated"
	draw_chart "$1" >"$run/overhead.svg"
	cp "$run/overhead.svg" "$top/docs/overhead.svg"
	write_tables "$top/docs/overhead.md" "$1"
	echo "written: $dated, docs/overhead.svg, the tables of docs/overhead.md"
}

# The last results that are committed, as committed.
committed()
{
	last=$(git -C "$top" ls-files 'bench/results/*.json' | sort | tail -n 1)
	[ -n "$last" ] || die "--check: no committed results in bench/results: run script/bench and commit them"
	git -C "$top" show "HEAD:$last"
}

# Lines "ok ..." and "not ok ...", one a figure of vmtoll's; no figure at all is a failure.
check_growth()
{
	jq -r --argjson allowed "$growth_allowed" --slurpfile old "$run/committed.json" -L "$bench/render" -f "$bench/render/check.jq" \
		"$1" >"$run/check"
	cat "$run/check"
	grep -q '^ok' "$run/check" && ! grep -q '^not ok' "$run/check"
}
