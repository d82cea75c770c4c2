# What scenarios are made of: the capture, the daemon, hosts in name spaces, and what Open vSwitch printed.  Sourced by session.sh.
set -x
PS4='+ '
run=/run/openvswitch
export OVS_RUNDIR=$run
mkdir -p "$run" /etc/openvswitch /var/log/openvswitch
capture=$OUT/cap.pcap
openflow=OpenFlow10,OpenFlow13,OpenFlow15

for module in openvswitch nlmon veth vxlan geneve ip_gre ip6_gre ip_tunnel vport-vxlan vport-geneve vport-gre nf_conntrack nf_nat \
  nf_conntrack_ftp nf_nat_ftp nf_conntrack_tftp nf_conntrack_netlink nfnetlink_cttimeout psample sctp dummy bonding 8021q mpls_router nsh; do
  modprobe "$module" || echo "module $module is missing"
done
sysctl -qw net.netfilter.nf_conntrack_acct=1 net.core.rmem_max=67108864

# nlmon: the device that everything is recorded on
nlmon() {
  ip link show nlmon0 >/dev/null 2>&1 || ip link add nlmon0 type nlmon
  ip link set nlmon0 up
}

# capture_start [TCPDUMP OPTIONS]; the last -s counts
capture_start() {
  nlmon
  capture_command="tcpdump -i nlmon0 -B 131072 -U -w ${capture##*/} -s 0 $*"
  $capture_command 2>"$OUT/tcpdump.txt" &
  capture_pid=$!
  for _ in $(seq 100); do
    grep -q 'listening on' "$OUT/tcpdump.txt" && break
    sleep 0.1
  done
}

capture_stop() {
  sleep 1
  kill -INT "$capture_pid"
  wait "$capture_pid"
  captured "$capture" "$capture_command" "$OUT/tcpdump.txt"
}

# captured FILE COMMAND MESSAGES: note for describe.py how a file was made and what its program said
captured() {
  printf '%s\t%s\t%s\n' "${1##*/}" "$2" "$(tr -d '\r' <"$3" | tr '\n' ';')" >>"$OUT/captures.tsv"
}

# database [OTHER_CONFIG...]: ovsdb-server with an empty database
database() {
  rm -f /etc/openvswitch/conf.db "$run"/*.pid
  ovsdb-tool create /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
  ovsdb-server /etc/openvswitch/conf.db --remote="punix:$run/db.sock" --pidfile="$run/ovsdb-server.pid" \
    --log-file="$OUT/ovsdb-server.log" --detach --no-chdir
  ovs-vsctl --no-wait init
  ovs-vsctl --no-wait set Open_vSwitch . other_config:n-handler-threads="${HANDLERS:-2}" other_config:n-revalidator-threads=1 "$@"
}

# daemon: ovs-vswitchd, its datapath layer logging everything
daemon() {
  ovs-vswitchd "unix:$run/db.sock" --pidfile="$run/ovs-vswitchd.pid" --log-file="$OUT/ovs-vswitchd.log" --detach --no-chdir \
    -vfile:info -vconsole:off -vsyslog:off -vdpif:file:dbg -vdpif_netlink:file:dbg -vofproto_dpif_upcall:file:dbg -vodp_util:file:dbg
  ovs-appctl vlog/disable-rate-limit
  daemon_pid=$(cat "$run/ovs-vswitchd.pid")
}

daemon_stop() {
  ovs-appctl -t ovs-vswitchd exit --cleanup
  until_gone ovs-vswitchd
  ovs-appctl -t ovsdb-server exit
  until_gone ovsdb-server
}

until_gone() {
  for _ in $(seq 50); do
    [ -e "$run/$1.pid" ] || break
    sleep 0.1
  done
}

vsctl() { ovs-vsctl --timeout=20 "$@"; }
ofctl() { ovs-ofctl -O OpenFlow15 "$@"; }
bridge() { vsctl --may-exist add-br "$@"; }
inside() { ip netns exec "$@"; }

# host BRIDGE NAMESPACE PORT IPV4/LEN IPV6/LEN MAC [PORT SETTINGS]: a name space whose eth0 is a port of a bridge; "-": no address
host() {
  host_bridge=$1 space=$2 port=$3 ipv4=$4 ipv6=$5 mac=$6
  shift 6
  ip netns add "$space" 2>/dev/null
  ip link add "$port" type veth peer name eth0 netns "$space"
  ip link set "$port" up
  ip -n "$space" link set lo up
  ip -n "$space" link set eth0 address "$mac"
  inside "$space" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=1
  ip -n "$space" link set eth0 up
  [ "$ipv4" = - ] || ip -n "$space" addr add "$ipv4" dev eth0
  [ "$ipv6" = - ] || ip -n "$space" addr add "$ipv6" dev eth0 nodad
  vsctl add-port "$host_bridge" "$port" "$@"
  inside "$space" ethtool -K eth0 tx off >/dev/null 2>&1 || true
}

# flows BRIDGE: adds the OpenFlow flows on standard input one by one; one that this version refuses is left out
flows() {
  while read -r flow; do ofctl add-flow "$1" "$flow" || echo "refused: $flow"; done
}

# frames NAMESPACE sample IPV4 IPV4 IPV6 IPV6 MAC, or send EXPRESSION [TIMES]: hand-made frames out of its eth0 (frames.py)
frames() {
  frames_space=$1
  shift
  inside "$frames_space" python3 "$GUEST/frames.py" eth0 "$@"
}

# talk CLIENT SERVER IPV4 IPV6: ordinary traffic between two name spaces; the addresses are the server's
talk() {
  inside "$1" ping -c 2 -i 0.3 -W 2 "$3"
  inside "$1" ping -c 2 -i 0.3 -W 2 -s 1200 "$4"
  transfer "$1" "$2" -4 "$3" 8080
  transfer "$1" "$2" -6 "$4" 8081
  echo hello | inside "$1" timeout 2 nc -u -q 0 -w 1 "$3" 9999
  echo hello | inside "$1" timeout 2 nc -6 -u -q 0 -w 1 "$4" 9999
  true
}

# transfer CLIENT SERVER -4|-6 ADDRESS PORT: one TCP connection that carries a file
transfer() {
  inside "$2" timeout 8 nc "$3" -l -p "$5" </etc/services >/dev/null &
  server=$!
  sleep 0.5
  inside "$1" timeout 4 nc "$3" -q 1 -w 3 "$4" "$5" </dev/null >/dev/null
  kill "$server" 2>/dev/null
  wait "$server" 2>/dev/null
}

# truth NAME COMMAND...: what a command printed, with the times before and after, at the end of gt-NAME.txt
truth() {
  truth_file=$OUT/gt-$1.txt
  shift
  {
    echo "## $(date +%s.%N) $*"
    "$@" 2>&1
    echo "## end $(date +%s.%N)"
  } >>"$truth_file"
}

dump() {
  truth flows-appctl ovs-appctl dpctl/dump-flows -m
  truth flows-names ovs-appctl dpctl/dump-flows -m --names
  truth flows-dpctl ovs-dpctl dump-flows -m
  truth show ovs-dpctl -s show
}

# state: everything else that the daemon can tell, once, at a scenario's end
state() {
  truth show ovs-dpctl -s show
  truth show ovs-appctl dpif/show
  truth vsctl ovs-vsctl show
  for each in $(vsctl list-br); do
    truth features ovs-appctl dpif/show-dp-features "$each"
    for what in dump-flows show dump-groups dump-meters; do truth ofctl ofctl "$what" "$each"; done
  done
  truth coverage ovs-appctl coverage/show
  truth upcall ovs-appctl upcall/show
  ip -j -d link >"$OUT/ip-link.json"
  cat /proc/net/netlink >"$OUT/proc-net-netlink.txt"
  for thread in /proc/"$daemon_pid"/task/*; do echo "${thread##*/} $(cat "$thread/comm")"; done >"$OUT/vswitchd-threads.txt"
}

# describe TEXT: meta.json, and the ids that the families had
describe() {
  genl ctrl list 2>/dev/null | sed -n 's/^Name: \([^ ]*\).*/\1/p; s/.*ID: \(0x[0-9a-f]*\).*/\1/p' | paste -d ' ' - - >"$OUT/genl-families.txt"
  python3 "$GUEST/describe.py" "$OUT" "$SCENARIO" "$1"
}
