#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test `vmtoll serve`: its options, the metrics in both formats, sockets from systemd, clients that
# send or read slowly, intervals and events, TLS and passwords, and the units for systemd.
# Usage: serve.sh VMTOLL FIXTURE_MAKE VMTOLL_WITH_HTTP HTTP_CLIENT GROUP...

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

static=$vmtoll server=$3 client=$4
top=$(cd "$(dirname "$0")/../.." && pwd)
large_host=$(dirname "$vmtoll")/../bench/large_host
openmetrics='application/openmetrics-text;version=1.0.0'
pid=''

# Stop the server. Its exit status is kept in $status.
stop()
{
	kill -TERM "$pid"
	wait "$pid"
	status=$?
	pid=''
}
trap '[ -z "$pid" ] || kill -KILL "$pid"; rm -rf "$work"' EXIT

# serve ARGUMENT...: Start a server on a free port, and set $pid and $port.
serve()
{
	: >"$work/serve.err"
	"$server" serve --listen 127.0.0.1:0 "$@" 2>"$work/serve.err" &
	pid=$!
	wait_for 20 grep -q 'listening on .*/metrics$' "$work/serve.err"
	port=$(sed -n 's,.*listening on https*://127.0.0.1:\([0-9]*\)/metrics$,\1,p' "$work/serve.err")
}

# scrape [ACCEPT]: Write the headers to $work/headers and the metrics to $work/page.
scrape()
{
	"$client" get "$port" /metrics "$@" >"$work/response"
	sed '/^\r$/q' "$work/response" | tr -d '\r' >"$work/headers"
	sed '1,/^\r$/d' "$work/response" >"$work/page"
}

# value SERIES: Print the value of a series of the last page.
value()
{
	awk -v series="$1" 'index($0, series " ") == 1 { print $2 }' "$work/page"
}

# request TEXT...: Send the lines, and print the status of the response.
request()
{
	printf '%s\r\n' "$@" | timeout 20 "$client" send "$port" | head -n 1 | tr -d '\r'
}

# fetch ARGUMENT...: Let curl send a request. Write the body to $work/page, and print the status,
# or "error N" with curl's exit status.
fetch()
{
	curl --silent --output "$work/page" --write-out '%{http_code}' --max-time 20 "$@" 2>/dev/null || echo " error $?"
}

# Print the memory of the server in KiB, without the pages of the module.
memory()
{
	awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status"
}

options()
{
	check 2 "is not an address" serve --listen 9786 --source "$fixture"
	check 2 "is not an address" serve --listen 127.0.0.1:65536 --source "$fixture"
	check 2 "is not an address" serve --listen ::1:9786 --source "$fixture"
	check 2 "is not an address" serve --listen 127.0.0.1.nip.io:9786 --source "$fixture"
	check 2 "other machines can reach 0.0.0.0:9786" serve --listen 0.0.0.0:9786 --source "$fixture"
	check 2 "other machines can reach [::]:9786" serve --listen '[::]:9786' --source "$fixture"
	check 2 "other machines can reach [::ffff:127.0.0.1]:9786" serve --listen '[::ffff:127.0.0.1]:9786' --source "$fixture"
	check 2 "cannot read $work/none: No such file" serve --web-config "$work/none" --source "$fixture"
	check 2 "is not all, classes or top:N" serve --reasons top:0 --source "$fixture"
	check 2 "is not a duration" serve --keep long --source "$fixture"
	check 2 "requires a live source" serve --source "file:$golden/host-amd.json"
	check 2 "no such source" serve --source nothing
}

# A static program contains no HTTP server. It must report this.
static_program()
{
	[ "$static" != "$server" ] || {
		skip static "this build is not static"
		return
	}
	vmtoll=$static
	check 2 "has no HTTP server" serve --source "$fixture"
	check 0 "--listen=ADDR:PORT" serve --help
	vmtoll=$server
}

metrics()
{
	"$make" fleet "$fixture_file"
	serve --source "$fixture"
	"$make" tick "$fixture_file"
	"$make" start "$fixture_file"
	"$make" tick "$fixture_file"
	sleep 1
	scrape
	same status "HTTP/1.1 200 OK" "$(head -n 1 "$work/headers")"
	succeeds type grep -qx 'Content-Type: text/plain; version=0.0.4; charset=utf-8' "$work/headers"
	# VM 3 has one vCPU, and two ticks have passed. VM 7 has seen only one tick.
	same npf 6000 "$(value 'vmtoll_exits_total{vm="pid-2002",reason="NPF",class="memory"}')"
	same hlt 300 "$(value 'vmtoll_exits_total{vm="pid-2002",reason="HLT",class="interrupt"}')"
	same vmm 0.024000000 "$(value 'vmtoll_exit_seconds_total{vm="pid-2002",reason="IOIO",class="io",place="vmm"}')"
	same ready 0.040000000 "$(value 'vmtoll_vcpu_seconds_total{vm="pid-2002",state="ready"}')"
	same started 7000 "$(value 'vmtoll_exits_total{vm="pid-2006",reason="NPF",class="memory"}')"
	same vms 7 "$(value vmtoll_vms)"
	same up 1 "$(value vmtoll_up)"
	same series "$(grep -vc '^#' "$work/page")" "$(value vmtoll_series)"
	at_least series-per-vm "$(grep -c 'vm="pid-2002"' "$work/page")" 39
	same source 1 "$(grep -c '^vmtoll_source_info{.*,tsc_unreliable="false"} 1$' "$work/page")"
	if command -v promtool >/dev/null; then
		same promtool '' "$(promtool check metrics <"$work/page" 2>&1)"
	else
		skip promtool "promtool is not installed"
	fi
	"$make" unstable "$fixture_file"
	sleep 1
	scrape "$openmetrics"
	succeeds unreliable-tsc grep -q '^vmtoll_source_info{.*,tsc_unreliable="true"}' "$work/page"
	succeeds openmetrics-type grep -q '^Content-Type: application/openmetrics-text; version=1.0.0' "$work/headers"
	same openmetrics-end '# EOF' "$(tail -n 1 "$work/page")"
	openmetrics_parse
	stop
	same stopped 0 $status
}

# kvm_info NPT: Create a host in $work/host on which the parameter npt of kvm_amd has the value
# NPT. Print the labels of the metric vmtoll_kvm_info of this host.
kvm_info()
{
	mkdir -p "$work/host/proc/sys/kernel" "$work/host/run" "$work/host/sys/module/kvm_amd/parameters"
	echo 6.1.0-9-amd64 >"$work/host/proc/sys/kernel/osrelease"
	echo "#1 SMP" >"$work/host/proc/sys/kernel/version"
	echo "$1" >"$work/host/sys/module/kvm_amd/parameters/npt"
	echo 7 >"$work/host/sys/module/kvm_amd/refcnt"
	echo 350735.47 234388.90 >"$work/host/proc/uptime"
	serve --source "$fixture" --root "$work/host" --reasons all --vcpus --histograms
	scrape
	stop
	sed -n 's/^vmtoll_kvm_info\(.*\) 1$/\1/p' "$work/page"
}

host()
{
	same nested '{module="kvm_amd",paging="nested",kernel="6.1.0-9-amd64"}' "$(kvm_info Y)"
	same shadow '{module="kvm_amd",paging="shadow",kernel="6.1.0-9-amd64"}' "$(kvm_info N)"
	same references 7 "$(value vmtoll_kvm_references)"
	same uptime 350735.470000000 "$(value vmtoll_host_uptime_seconds)"
	rm -r "$work/host/sys/module/kvm_amd"
	# Each metric is described in the manual.
	sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$work/page" | while read -r metric; do
		grep -qw "$metric" "$top/docs/vmtoll-serve.8" || echo "$metric"
	done >"$work/undescribed"
	at_least metrics 20 "$(grep -c '^# TYPE ' "$work/page")"
	same undescribed '' "$(cat "$work/undescribed")"
}

# Let Prometheus parse the page in the format OpenMetrics. promtool requires a time for each
# sample.
openmetrics_parse()
{
	command -v promtool >/dev/null || {
		skip openmetrics-parse "promtool is not installed"
		return
	}
	sed '/^#/!s/$/ 1700000000/' "$work/page" >"$work/openmetrics"
	succeeds openmetrics-parse promtool tsdb create-blocks-from openmetrics "$work/openmetrics" "$work/blocks"
	matches openmetrics-samples "^ *BLOCK.*NUM SAMPLES|[^0-9]$(grep -vc '^#' "$work/page")( |$)" "$succeeds_output"
}

paths()
{
	serve --source "$fixture"
	same get "HTTP/1.1 200 OK" "$(request 'GET /metrics HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	same head "HTTP/1.1 200 OK" "$(request 'HEAD /metrics HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	same index "HTTP/1.1 200 OK" "$(request 'GET / HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	same missing "HTTP/1.1 404 Not Found" "$(request 'GET /none HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	same put "HTTP/1.1 405 Method Not Allowed" "$(request 'PUT /metrics HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	same body "HTTP/1.1 413 Content Too Large" "$(request 'GET /metrics HTTP/1.1' 'Host: localhost' 'Content-Length: 5' '' hello)"
	matches garbage "^(HTTP/1.1 400 Bad Request)?$" "$(request garbage '' '')"
	stop
}

# The JSON is the same as that of vmtoll stat, except for the time and the names.
json()
{
	"$make" timed "$fixture_file"
	serve --source "$fixture"
	for path in snapshot vm/pid-812; do
		"$client" get "$port" "/api/v1/$path" | sed '1,/^\r$/d' | grep -v '"clock_ns"' >"$work/json"
		case $path in
		snapshot) "$vmtoll" stat --json --source "$fixture" ;;
		*) "$vmtoll" stat --json --source "$fixture" -p 812 ;;
		esac | grep -v '"clock_ns"' >"$work/stat"
		at_least "$path-lines" 50 "$(grep -c '' "$work/json")"
		succeeds "$path" diff "$work/stat" "$work/json"
	done
	same no-vm "HTTP/1.1 404 Not Found" "$(request 'GET /api/v1/vm/none HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	mv "$fixture_file" "$work/away"
	sleep 1 # the age of a response that is used again
	same no-source "HTTP/1.1 503 Service Unavailable" "$(request 'GET /api/v1/snapshot HTTP/1.1' 'Host: localhost' 'Connection: close' '')"
	mv "$work/away" "$fixture_file"
	stop
}

# body PATH: Print the body of a response.
body()
{
	"$client" get "$port" "$1" | sed '1,/^\r$/d'
}

# status PATH: Print the status of a response.
status()
{
	"$client" get "$port" "$1" | sed -n '1s,HTTP/1.1 \([0-9]*\) .*,\1,p'
}

# measure PATH: Measure an interval during which one tick occurs. If the machine is so slow that
# the tick is not in the interval, try again. Print the body.
measure()
{
	for _ in 1 2 3 4 5; do
		body "$1" >"$work/interval" &
		sleep 0.5
		"$make" tick "$fixture_file"
		wait $!
		! grep -q '"exits": 0, "exits_per_second"' "$work/interval" || continue
		break
	done
	cat "$work/interval"
}

intervals()
{
	"$make" fleet "$fixture_file"
	serve --source "$fixture"
	measure '/api/v1/interval?ms=1500' >"$work/all"
	measure '/api/v1/interval?ms=1500&pid=2002' >"$work/vm"
	measure '/api/v1/interval?ms=1500&vm=pid-2002' >"$work/named"
	# A tick simulates one second of all VMs. In this second, VM N causes 1450 N exits per
	# vCPU. Half of the VMs have two vCPUs.
	same all 47850 "$(json_number exits <"$work/all")"
	same length 1000000000 "$(json_number interval_ns <"$work/all")"
	same vm 4350 "$(json_number exits <"$work/vm")"
	same named 4350 "$(json_number exits <"$work/named")"
	same schema 1 "$(grep -c '"schema": "vmtoll.stat/1"' "$work/vm")"
	same default-length 200 "$(status /api/v1/interval)"
	for query in ms=99 ms=10001 ms=x ms=; do
		same "status-$query" 400 "$(status "/api/v1/interval?$query")"
	done
	for query in vm=none pid=1 pid=x pid=0; do
		same "status-$query" 404 "$(status "/api/v1/interval?$query")"
	done
	# Clients that ask for the same interval share it. At most 4 intervals are measured at
	# once. Meanwhile, other clients are served.
	crowd 20 "$(printf 'GET /api/v1/interval?ms=10000 HTTP/1.1\r\nHost: localhost\r\n\r\n.')" \
		"$(printf 'GET /api/v1/interval?ms=9999 HTTP/1.1\r\nHost: localhost\r\n\r\n.')" \
		"$(printf 'GET /api/v1/interval?ms=9998 HTTP/1.1\r\nHost: localhost\r\n\r\n.')" \
		"$(printf 'GET /api/v1/interval?ms=9997&pid=2002 HTTP/1.1\r\nHost: localhost\r\n\r\n.')"
	same others-are-served 200 "$(status /metrics)"
	succeeds busy wait_for 5 has_status 503 '/api/v1/interval?ms=9996'
	# The server must end even if clients are waiting.
	stop
	crowd_end
	same stopped 0 $status
	same closed 20 "$closed"
}

# has_status STATUS PATH
has_status()
{
	[ "$(status "$2")" = "$1" ]
}

# A JSON response must be reused for one second.
cache()
{
	"$make" fleet "$fixture_file"
	serve --source "$fixture"
	for path in snapshot vm/pid-2002; do
		for _ in 1 2 3 4 5; do
			body "/api/v1/$path" >"$work/first"
			body "/api/v1/$path" >"$work/second"
			! cmp -s "$work/first" "$work/second" || break
		done
		succeeds "$path-is-used-again" cmp "$work/first" "$work/second"
		sleep 1
		body "/api/v1/$path" >"$work/second"
		succeeds "$path-is-read-again" not cmp "$work/first" "$work/second"
	done
	stop
}

# watch FILE [QUERY]: Start a client that receives events.
watch()
{
	"$client" get "$port" "/api/v1/events$2" >"$1" &
	watchers="$watchers $!"
}

# Disconnect all clients that receive events.
unwatch()
{
	# shellcheck disable=SC2086 # a list of process ids
	kill $watchers
	# shellcheck disable=SC2086
	wait $watchers 2>/dev/null
	watchers=''
}

events()
{
	"$make" fleet "$fixture_file"
	serve --source "$fixture"
	watchers=''
	watch "$work/events" ''
	watch "$work/selected" '?pid=2002'
	succeeds first wait_for 20 grep -q '"schema": "vmtoll.live/1"' "$work/events"
	succeeds type grep -q '^Content-Type: text/event-stream' "$work/events"
	"$make" tick "$fixture_file"
	succeeds all wait_for 20 grep -q '"all": { "vms": 6, "vcpus": 9, "exits": 47850,' "$work/events"
	succeeds vm wait_for 20 grep -q '"vm": { "id": 3, "pid": 2002, .*"exits": 4350, .*"reasons": ' "$work/selected"
	succeeds not-selected not grep -q '"vm": ' "$work/events"
	sed -n '/^\.Sh /s/\.Sh //p; s/^\.\(It \)\{0,1\}Ic / /p' "$top/docs/vmtoll-json.5" | tr ' ' '\n' >"$work/described"
	same described '' "$(grep -o '"[a-z_0-9]*":' "$work/selected" | tr -d '":' | sort -u | grep -vxF -f "$work/described")"
	# The VM with the highest toll must be the first one.
	succeeds order grep -q '"vms": \[ { "id": 6, "pid": 2005, "vcpus": 2, .*"toll_percent": 15.7' "$work/events"
	# The module is unloaded and loaded again.
	mv "$fixture_file" "$work/away"
	succeeds failure wait_for 20 grep -q '^data: { "error": ".* does not exist' "$work/events"
	succeeds failure-event grep -qx 'event: failure' "$work/events"
	mv "$work/away" "$fixture_file"
	: >"$work/events"
	succeeds again wait_for 20 grep -q 'vmtoll.live/1' "$work/events"
	# At most 16 clients receive events.
	for i in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		watch "$work/watch.$i" "?pid=$i"
	done
	for i in 3 16; do
		succeeds "watcher-$i" wait_for 20 grep -q 'vmtoll.live/1' "$work/watch.$i"
	done
	same too-many 503 "$(status /api/v1/events)"
	same others-are-served 200 "$(status /metrics)"
	unwatch
	watch "$work/later" ''
	succeeds later wait_for 20 retry_watch "$work/later"
	same bad-pid 400 "$(status '/api/v1/events?pid=x')"
	stop
	same stopped 0 $status
	unwatch 2>/dev/null
	# Clients that do not read must not delay others, and the server must close their
	# connections.
	"$make" crowd "$fixture_file"
	serve --source "$fixture" --timeout 2
	# If a client reads its events, its connection stays open beyond the time limit.
	watch "$work/long" ''
	succeeds long wait_for 60 has_events 5 "$work/long"
	unwatch
	before=$(memory)
	crowd 40 "$(printf 'GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n.')"
	same crowd 200 "$(status /metrics)"
	succeeds crowd-expired wait_for 90 has_connections 0
	within crowd-memory 1 "$(memory)" 65536
	crowd_end
	succeeds memory-is-returned wait_for 60 has_memory $((before + 16384))
	stop
}

# has_events N FILE: Return true if FILE contains N events.
has_events()
{
	[ "$(grep -c vmtoll.live/1 "$2")" -ge "$1" ]
}

# has_memory KIB: Return true if the server uses less than KIB of memory.
has_memory()
{
	[ "$(memory)" -lt "$1" ]
}

# retry_watch FILE: Return true if the client that writes FILE has received events. If the server
# has refused this client, start a new client.
retry_watch()
{
	! grep -q vmtoll.live/1 "$1" || return 0
	! grep -q '^HTTP/1.1 503' "$1" || watch "$1" ''
	return 1
}

# If the module is unloaded and loaded again while the server runs, the counters must keep their
# values.
source_returns()
{
	"$make" fleet "$fixture_file"
	mv "$fixture_file" "$work/away"
	serve --source "$fixture"
	scrape
	same absent 0 "$(value vmtoll_up)"
	succeeds absent-message grep -q 'warning: .* does not exist' "$work/serve.err"
	mv "$work/away" "$fixture_file"
	sleep 1
	scrape
	same appeared 1 "$(value vmtoll_up)"
	"$make" tick "$fixture_file"
	sleep 1
	scrape
	mv "$fixture_file" "$work/away"
	sleep 1
	scrape
	same gone 0 "$(value vmtoll_up)"
	same kept 1000 "$(value 'vmtoll_exits_total{vm="pid-2000",reason="NPF",class="memory"}')"
	mv "$work/away" "$fixture_file"
	stop
}

# crowd CLIENTS TEXT...: Start clients that send these texts and then do nothing.
crowd()
{
	rm -f "$work/crowd.in" "$work/crowd.out"
	mkfifo "$work/crowd.in"
	"$client" crowd "$port" "$@" <"$work/crowd.in" >"$work/crowd.out" &
	crowd_pid=$!
	exec 9>"$work/crowd.in"
	wait_for 20 grep -q ready "$work/crowd.out"
}

# Stop the clients. Set $closed to the number of connections that the server has closed.
crowd_end()
{
	exec 9>&-
	wait "$crowd_pid"
	closed=$(sed -n 's/^closed //p' "$work/crowd.out")
}

# A third of the clients send nothing, a third send half a request, and a third do not read the
# response. Meanwhile, the server must serve another client at once, and its memory must be
# bounded. When the time limit of these clients has expired (--timeout), the server must close
# their connections.
bad_clients()
{
	"$make" crowd "$fixture_file"
	serve --source "$fixture" --timeout 2
	"$make" tick "$fixture_file"
	crowd 201 '' 'GET /metrics HTT' "$(printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n.')"
	succeeds connected wait_for 20 has_connections 201
	succeeds others-are-served timeout 10 "$client" get "$port" /metrics
	at_least memory "$(memory)" 32768
	succeeds expired wait_for 20 has_connections 0
	crowd_end
	same closed 201 "$closed"
	# Start more clients than the server keeps connected.
	crowd 600 ''
	succeeds crowded-others-are-served timeout 10 "$client" get "$port" /metrics
	crowd_end
	matches post "^HTTP/1.1 4(05|13)" "$("$client" post "$port" 1000000)"
	same long-header "HTTP/1.1 431 Request Header Fields Too Large" \
		"$(request 'GET /metrics HTTP/1.1' "Host: $(head -c 1000000 /dev/zero | tr '\0' x)" '')"
	at_least memory-at-the-end "$(memory)" 32768
	stop
	same stopped 0 $status
}

# has_connections N: Return true if the server has N connections in addition to the two file
# descriptors of the listening socket.
has_connections()
{
	[ "$(find "/proc/$pid/fd" -lname 'socket:*' | wc -l)" -eq $(($1 + 2)) ]
}

# A scrape of 8,000 vCPUs in 1,000 VMs takes less than 100 ms of CPU time and 32 MiB. The CPU
# time includes the time for reading the ledgers. Other programs may slow the scrape down, so a
# scrape that takes longer is repeated.
large_scrape()
{
	"$large_host" make "$fixture_file" 1000 8 12
	serve --source "$fixture"
	for _ in 1 2 3 4 5; do
		"$large_host" advance "$fixture_file" 1000
		sleep 1
		before=$(cpu_us)
		scrape
		took=$(($(cpu_us) - before))
		[ "$took" -gt 100000 ] || break
	done
	at_least exits 1 "$(value 'vmtoll_exits_total{vm="pid-1000",reason="other",class="interrupt"}')"
	at_least series 20000 "$(value vmtoll_series)"
	within cpu-us 1 "$took" 100000
	within memory-kib 1 "$(memory)" 32768
	echo "# a scrape took $took us of CPU time, and the server used $(memory) KiB"
	stop
}

# Print the CPU time of all threads of the server, in microseconds.
cpu_us()
{
	cat "/proc/$pid"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d\n", sum / 1000 }'
}

activation()
{
	: >"$work/serve.err" # wait_for must not find the output of the previous server
	"$client" activate "$work/port" "$server" serve --listen 0.0.0.0:1 --source "$fixture" 2>"$work/serve.err" &
	pid=$!
	wait_for 20 grep -q 'listening on .*/metrics$' "$work/serve.err"
	port=$(cat "$work/port")
	scrape
	same activated "HTTP/1.1 200 OK" "$(head -n 1 "$work/headers")"
	# The port is in use now.
	check 2 "cannot listen on 127.0.0.1:$port: Address already in use" serve --listen "127.0.0.1:$port" --source "$fixture"
	stop
}

# Requests whose header Host is the name of another machine are refused, unless TLS or a password
# protects the server.
hosts()
{
	serve --source "$fixture"
	for host in localhost "localhost:$port" LOCALHOST 127.0.0.1 "127.0.0.1:$port" 192.0.2.1 '[::1]' "[::1]:$port"; do
		same "host-$host" "HTTP/1.1 200 OK" "$(request 'GET /metrics HTTP/1.1' "Host: $host" 'Connection: close' '')"
	done
	for host in example.org "example.org:$port" 127.0.0.1.example.org localhost.example.org 'localhost:' 'localhost:x' '[::1' '[127.0.0.1]' ::1 ''; do
		same "host-$host" "HTTP/1.1 421 Misdirected Request" "$(request 'GET /metrics HTTP/1.1' "Host: $host" 'Connection: close' '')"
	done
	same no-host-in-1.0 "HTTP/1.1 200 OK" "$(request 'GET /metrics HTTP/1.0' '')"
	for path in metrics api/v1/snapshot; do
		same "headers-of-$path" 4 "$("$client" get "$port" "/$path" | tr -d '\r' | sed '/^$/q' |
			grep -c -e '^X-Content-Type-Options: nosniff$' -e '^Cache-Control: no-store$' -e '^Referrer-Policy: no-referrer$' \
				-e "^Content-Security-Policy: default-src 'none'; ")"
	done
	stop
}

# web_config LINE...: Write a configuration for --web-config.
web_config()
{
	printf '%s\n' "$@" >"$work/web.yml"
	chmod 600 "$work/web.yml"
}

# A bcrypt hash with the lowest cost, of the password "secret word".
hash="\$2y\$04\$abcdefghijklmnopqrstuuP6/q0obcGuk6SuzN66aTZwHeRCLMzKO"
# A bcrypt hash that takes about 0.15 s to check, of the password "slow".
slow_hash="\$2y\$11\$abcdefghijklmnopqrstuunCeKINGCIR2HCghh6O3jDKZvMFq0Aja"

# Wrong configurations are errors, and no setting is ignored.
web_config_errors()
{
	# message LINE... -- MESSAGE
	message()
	{
		: >"$work/web.yml"
		while [ "$1" != -- ]; do
			printf '%s\n' "$1" >>"$work/web.yml"
			shift
		done
		check 2 "$2" serve --web-config "$work/web.yml" --source "$fixture"
	}
	message 'basic_auth_users: {alice: secret}' -- 'web.yml:1: the password must be a bcrypt hash'
	message 'basic_auth_users:' "  alice: $hash" "  alice: $hash" -- 'web.yml:3: the user occurs twice'
	message "basic_auth_users: {'a:b': $hash}" -- 'must not contain a colon'
	message "basic_auth_users: {alice: '\$2y\$16\$abcdefghijklmnopqrstuuP6/q0obcGuk6SuzN66aTZwHeRCLMzKO'}" -- 'with a cost of at most 15'
	message 'basic_auth_user: {}' -- "web.yml:1: the key 'basic_auth_user' is not supported"
	message 'tls_server_config: {client_ca_file: x}' -- "the key 'client_ca_file' is not supported"
	message 'tls_server_config: {cert_file: x}' -- 'requires cert_file and key_file'
	message 'tls_server_config: {cert_file: none, key_file: none}' -- "cannot read $work/none: No such file"
	message 'tls_server_config: {cert_file: a, cert_file: b, key_file: c}' -- 'the key occurs twice'
	message 'tls_server_config: {min_version: TLS10}' -- 'min_version must be TLS12 or TLS13'
	message 'tls_server_config: {cert_file: web.yml, key_file: web.yml}' -- 'cannot use web.yml with web.yml'
	message '{' -- 'this is not YAML'
	message '- x' -- 'lines of the form KEY: VALUE'
	head -c 70000 /dev/zero | tr '\0' '#' >"$work/web.yml"
	check 2 "it has more than 64 KiB" serve --web-config "$work/web.yml" --source "$fixture"
	web_config ''
	check 2 "there is no TLS or authentication" serve --web-config "$work/web.yml" --listen 0.0.0.0:0 --source "$fixture"
}

passwords()
{
	command -v curl >/dev/null || {
		skip passwords "curl is not installed"
		return
	}
	web_config 'basic_auth_users:' "  alice: $hash" "  bob: $slow_hash"
	serve --web-config "$work/web.yml" --source "$fixture"
	url=http://localhost:$port/metrics
	same no-password 401 "$(fetch "$url")"
	same asks 1 "$("$client" get "$port" / | grep -c '^WWW-Authenticate: Basic realm="vmtoll"')"
	for path in / /metrics /api/v1/snapshot /none; do
		same "no-password-for-$path" 401 "$(fetch "http://localhost:$port$path")"
	done
	same right 200 "$(fetch -u 'alice:secret word' "$url")"
	same right-again 200 "$(fetch -u 'alice:secret word' "$url")"
	same wrong 401 "$(fetch -u alice:secret "$url")"
	same wrong-again 401 "$(fetch -u alice:secret "$url")"
	same empty 401 "$(fetch -u alice: "$url")"
	same of-another-user 401 "$(fetch -u 'bob:secret word' "$url")"
	same unknown 401 "$(fetch -u 'carol:secret word' "$url")"
	same garbage 401 "$(fetch -H 'Authorization: Basic !!!!' "$url")"
	same other-scheme 401 "$(fetch -H 'Authorization: Bearer secret' "$url")"
	same other-host 200 "$(fetch -u 'alice:secret word' -H 'Host: example.org' "$url")"
	# While the server checks many wrong passwords, a client whose password was accepted before
	# must not have to wait.
	pids=''
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28; do
		curl --silent --output /dev/null --write-out '%{http_code}\n' --max-time 100 -u "bob:$i" "$url" >"$work/wrong.$i" &
		pids="$pids $!"
	done
	succeeds checks-wait wait_for 20 was_refused
	same known-does-not-wait 200 "$(fetch --max-time 2 -u 'alice:secret word' "$url")"
	# shellcheck disable=SC2086 # a list of process ids
	wait $pids
	same wrong-or-busy "" "$(cat "$work"/wrong.* | grep -vx -e 401 -e 503)"
	same slow 200 "$(fetch -u bob:slow "$url")"
	# The server must end even while it checks a password.
	curl --silent --output /dev/null -u bob:wrong "$url" &
	stop
	same stopped 0 $status
	wait
	chmod 644 "$work/web.yml"
	serve --web-config "$work/web.yml" --source "$fixture" --listen '0.0.0.0:0'
	matches exposed "warning: all users of this host can read $work/web.yml" "$(cat "$work/serve.err")"
	matches clear-text "passwords are sent in clear text" "$(tr -s '\n ' '  ' <"$work/serve.err")"
	stop
}

# Return true if the server has refused to check one of the passwords.
was_refused()
{
	cat "$work"/wrong.* | grep -q 503
}

# certificate NAME: Make a certificate and a key.
certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/$1.key" -out "$work/$1.crt" -days 2 \
		-subj "/CN=$1" -addext subjectAltName=DNS:localhost 2>/dev/null
}

tls()
{
	command -v curl openssl >/dev/null || {
		skip tls "curl or openssl is not installed"
		return
	}
	certificate first
	certificate second
	web_config 'tls_server_config:' '  cert_file: first.crt' "  key_file: $work/first.key" '  min_version: TLS13' \
		'basic_auth_users:' "  alice: $hash"
	serve --web-config "$work/web.yml" --source "$fixture" --listen '0.0.0.0:0' --timeout 2
	port=$(sed -n 's,.*listening on https://0.0.0.0:\([0-9]*\)/metrics$,\1,p' "$work/serve.err")
	url=https://localhost:$port/metrics
	same no-certificate "000 error 60" "$(fetch "$url")"
	same tls 200 "$(fetch --cacert "$work/first.crt" -u 'alice:secret word' "$url")"
	same tls-no-password 401 "$(fetch --cacert "$work/first.crt" "$url")"
	same tls-12 "000 error 35" "$(fetch --tls-max 1.2 --cacert "$work/first.crt" "$url")"
	same no-tls "000 error 1" "$(fetch "http://localhost:$port/metrics" | sed 's/error .*/error 1/')"
	# Clients that begin no TLS session, or send garbage, do not delay others.
	crowd 20 '' 'GET / HTTP/1.1'
	same others-are-served 401 "$(fetch --cacert "$work/first.crt" "$url")"
	succeeds expired wait_for 30 has_connections 0
	crowd_end
	same closed 20 "$closed"
	# Load a configuration with a new certificate and without the option min_version, so that
	# clients may use TLS 1.2 again.
	web_config 'tls_server_config: {cert_file: second.crt, key_file: second.key}' "basic_auth_users: {bob: $hash}"
	kill -HUP "$pid"
	succeeds reloaded wait_for 20 has_lines 2 'listening on'
	same new-certificate 200 "$(fetch --cacert "$work/second.crt" -u 'bob:secret word' "$url")"
	same old-certificate "000 error 60" "$(fetch --cacert "$work/first.crt" "$url")"
	same old-user 401 "$(fetch --cacert "$work/second.crt" -u 'alice:secret word' "$url")"
	same tls-12-again 401 "$(fetch --tls-max 1.2 --cacert "$work/second.crt" "$url")"
	same tls-11 "000 error 35" "$(fetch --tls-max 1.1 --cacert "$work/second.crt" "$url")"
	# A configuration that is wrong or protects nothing is not used.
	web_config 'tls_server_config: {cert_file: first.crt, key_file: second.key}'
	kill -HUP "$pid"
	succeeds mismatch wait_for 20 has_lines 1 'keeping the configuration: .*cannot use first.crt'
	web_config ''
	kill -HUP "$pid"
	succeeds unprotected wait_for 20 has_lines 2 'keeping the configuration'
	same kept 200 "$(fetch --cacert "$work/second.crt" -u 'bob:secret word' "$url")"
	stop
	same stopped 0 $status
}

# has_lines N TEXT: Return true if the server has printed N lines with this text.
has_lines()
{
	[ "$(grep -c "$2" "$work/serve.err")" -eq "$1" ]
}

# The socket listens on loopback only.
units()
{
	same port "127.0.0.1:9786" "$(sed -n 's/^ListenStream=//p' "$top/packaging/serve/vmtoll-serve.socket")"
}

vmtoll=$server
shift 4
run_groups "$@"
