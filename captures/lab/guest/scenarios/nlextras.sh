# ovs-dpctl's work on a datapath of its own, long dumps, other netlink families between; as pcap and as pcapng.
database
daemon
nlmon
dumpcap_command="dumpcap -q -i nlmon0 -s 0 -B 32 -w cap.pcapng"
$dumpcap_command 2>"$OUT/dumpcap.txt" &
dumpcap=$!
sleep 1
capture_start
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
vsctl add-port br0 int9 -- set interface int9 type=internal
ip link set int9 netns ns1
sleep 1

# a second datapath, by hand
ovs-dpctl add-dp dpX
ip link add t0 type veth peer name t1
ip link set t0 up
ip link set t1 up
ovs-dpctl add-if dpX t0 t1,type=system,port_no=9
ovs-dpctl add-if dpX ix,type=internal
ovs-dpctl add-if dpX gx,type=geneve vxx,type=vxlan,port_no=44 grx,type=gre
ovs-dpctl add-if dpX nosuchdev
ovs-dpctl set-if dpX t0,port_no=77
ovs-dpctl add-dp dpX
truth dpx ovs-dpctl -s show dpX
ovs-dpctl dump-dps
ovs-dpctl cache-get-size dpX
ovs-dpctl cache-set-size dpX masks-cache 512
for k in $(seq 0 399); do
  high=$((k / 256)) low=$((k % 256))
  mac=$(printf '02:00:00:00:%02x:%02x' $high $low)
  echo "add in_port(1),eth(src=$mac,dst=02:00:00:00:00:99),eth_type(0x0800),ipv4(src=10.0.$high.$low/255.255.255.255,dst=10.0.0.1,proto=17,tos=0/0,ttl=0/0,frag=no),udp(src=$((k + 1)),dst=53) 9"
done >/tmp/flows
ovs-dpctl add-flows dpX /tmp/flows
truth dpx ovs-dpctl dump-flows -m dpX
arp="in_port(1),eth(),eth_type(0x0806),arp()"
ovs-dpctl add-flow dpX "$arp" "9,push_vlan(vid=5,pcp=3),2"
ovs-dpctl mod-flow dpX "$arp" "2"
ovs-dpctl mod-flow --clear dpX "$arp" "drop"
ovs-dpctl get-flow dpX ufid:00000000-0000-0000-0000-000000000001
ovs-dpctl add-flow dpX "$arp" "set(eth(src=02:00:00:00:00:77)),recirc(5),hash(hash_l4(0)),drop"
ovs-dpctl del-flow dpX "$arp"
ovs-dpctl del-flow dpX "in_port(8),eth(),eth_type(0x0806),arp()"
talk ns1 ns2 10.1.0.2 fd00:1::2
truth show ovs-dpctl -s show

# noise of other families and protocols
genl ctrl list >/dev/null
for family in ovs_flow ovs_packet ovs_vport ovs_datapath ovs_meter ovs_ct_limit nlctrl; do
  genl ctrl policy name $family >"$OUT/policy-$family.txt"
done
conntrack -E >/dev/null 2>&1 &
events=$!
ip monitor >/dev/null &
monitor=$!
{
  ss -aeim
  ethtool t0
  ethtool -k t0
  ethtool -l t0
  ethtool -i t0
  bridge link
  tc qdisc show
  ip rule
  ip -s link show
  ip neigh
  ip xfrm state
  ip l2tp show tunnel
  devlink dev show
  ip mptcp limits show
  ip netns set ns1 55
} >/dev/null
nft add table ip x
nft 'add chain ip x y { type filter hook input priority 0; }'
nft add rule ip x y ct state new counter
nft list ruleset
ping -c 2 127.0.0.1
conntrack -L >/dev/null
conntrack -D
ip link add br9 type bridge
ip link set t0 nomaster
ip link del br9
nft flush ruleset
kill $events $monitor

ovs-dpctl del-if dpX ix
ovs-dpctl del-flows dpX
ovs-dpctl del-dp dpX
ovs-dpctl del-dp nodp
state
capture_stop
kill -INT $dumpcap
wait $dumpcap
captured "$OUT/cap.pcapng" "$dumpcap_command" "$OUT/dumpcap.txt"
daemon_stop
describe "ovs-dpctl add-dp/add-if/set-if/del, add/mod/get/del-flow, long multi-part dumps, GETPOLICY, other families (rtnetlink, nfnetlink, sock_diag, ethtool, xfrm, mptcp) as noise; vport in another name space (NETNSID); same traffic as pcap and pcapng"
