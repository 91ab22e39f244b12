# What the scripts share that start real servers: a place, an end, and servers on free ports of 127.0.0.1.
# Sourced by them. What is not installed, or does not start here, is left out; without nginx the script that
# asks is skipped (77). A server that is to stand before another one finds its port in $origin.
PATH=$PATH:/usr/sbin
skip() {
  echo "skipped: $1"
  exit 77
}
for program in nginx curl openssl; do
  command -v "$program" >/dev/null || skip "no $program (tools/install-deps --checks)"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/larder-servers-XXXXXX")
chmod 755 "$work"
pids=()
clean() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean EXIT
fail() {
  echo "FAILED: $1" >&2
  tail -n 5 "$work"/*.log >&2 2>/dev/null || true
  exit 1
}

serves() { curl -fs -o /dev/null --max-time 2 "http://127.0.0.1:$1/update/assetsid.txt"; }
# start NAME COMMAND...: has COMMAND listen on a port of its choice: `port` is tried until it answers.
# COMMAND is a function that takes the port and ends with exec; $answers says whether it does.
answers=serves
start() {
  local name=$1 attempt
  shift
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    if start_at_port "$name" "$@"; then return 0; fi
  done
  echo "$name does not start here: left out"
  return 1
}
# The same at $port, once.
start_at_port() {
  local name=$1 pid
  shift
  ("$@" "$port") >>"$work/$name.log" 2>&1 &
  pid=$!
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    if "$answers" "$port"; then
      pids+=("$pid")
      return 0
    fi
    sleep 0.1
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  return 1
}
# start_again NAME COMMAND...: what was killed, at the port that it had.
start_again() {
  for _ in 1 2 3 4 5; do
    if start_at_port "$@"; then return 0; fi
  done
  return 1
}
# Kills what was started last, with its children, at once.
kill_last() {
  local pid=${pids[-1]}
  unset 'pids[-1]'
  # shellcheck disable=SC2046  # each is a word
  kill -KILL "$pid" $(ps -o pid= --ppid "$pid") 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# nginx_conf FILE SERVER...
nginx_conf() {
  local file=$1
  shift
  mkdir -p "$work/tmp"
  cat >"$file" <<END
daemon off; worker_processes 1; pid $file.pid; error_log $work/nginx-error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path $work/tmp/1; proxy_temp_path $work/tmp/2; fastcgi_temp_path $work/tmp/3;
  uwsgi_temp_path $work/tmp/4; scgi_temp_path $work/tmp/5;
  $*
}
END
}
plain() {
  nginx_conf "$work/plain.conf" "server { listen 127.0.0.1:$1; root $work/site; }"
  exec nginx -c "$work/plain.conf" -p "$work"
}
slow() {
  nginx_conf "$work/slow.conf" "server { listen 127.0.0.1:$1; root $work/site;
    location = /big.bin { limit_rate 2m; } }"
  exec nginx -c "$work/slow.conf" -p "$work"
}
by_varnish() {
  exec varnishd -F -j none -a "127.0.0.1:$1" -b "127.0.0.1:$origin" -n "$work/varnish" \
    -s malloc,64m
}
# squid_conf FILE LINE...
squid_conf() {
  local file=$1
  shift
  mkdir -p "$work/squid"
  chmod 777 "$work/squid"
  printf '%s\n' "$@" >"$file"
  cat >>"$file" <<END
cache_mem 64 MB
maximum_object_size_in_memory 32 MB
access_log none
cache_log $file.log
cache_store_log none
pid_filename $file.pid
coredump_dir none
shutdown_lifetime 0 seconds
pinger_enable off
END
}
by_squid() {
  squid_conf "$work/squid/edge" "http_port 127.0.0.1:$1 accel defaultsite=127.0.0.1 no-vhost" \
    "cache_peer 127.0.0.1 parent $origin 0 no-query originserver no-digest" "http_access allow all" \
    "negative_ttl 1 hour"
  exec squid -N -f "$work/squid/edge"
}
# field JSON NAME: the number of that name in the line of a path.
field() { sed -n "1s/.*\"$2\":\([0-9]*\).*/\1/p" "$1"; }
