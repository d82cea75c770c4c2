# VLAN modes of ports, QinQ, and MPLS by OpenFlow.
database other_config:vlan-limit=2
daemon
capture_start
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01 tag=10
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02 tag=10
host br0 ns3 v3 - - 02:00:00:00:00:03 trunks=10,20,100 -- set port v3 other_config:priority-tags=true
host br0 ns4 v4 10.1.0.4/24 fd00:1::4/64 02:00:00:00:00:04 tag=10 vlan_mode=native-untagged trunks=10,20
host br0 ns5 v5 - - 02:00:00:00:00:05 vlan_mode=dot1q-tunnel tag=100 cvlans=30 other_config:qinq-ethtype=802.1ad
host br0 ns6 v6 - - 02:00:00:00:00:06 vlan_mode=trunk trunks=100

# tagged NAMESPACE BELOW DEVICE IPV4/LEN IPV6/LEN VLAN SETTINGS: a VLAN device
tagged() {
  tagged_space=$1 below=$2 device=$3 ipv4=$4 ipv6=$5
  shift 5
  ip -n "$tagged_space" link add link "$below" name "$device" type vlan "$@"
  ip -n "$tagged_space" link set "$device" up
  [ "$ipv4" = - ] || ip -n "$tagged_space" addr add "$ipv4" dev "$device"
  [ "$ipv6" = - ] || ip -n "$tagged_space" addr add "$ipv6" dev "$device" nodad
}
tagged ns3 eth0 e10 10.1.0.3/24 fd00:1::3/64 id 10 egress-qos-map 0:5
tagged ns5 eth0 e30 10.5.0.5/24 fd00:5::5/64 id 30
tagged ns6 eth0 s100 - - proto 802.1ad id 100
tagged ns6 s100 c30 10.5.0.6/24 fd00:5::6/64 id 30
sleep 1
talk ns1 ns2 10.1.0.2 fd00:1::2
inside ns1 ping -c 2 10.1.0.3
inside ns1 ping -c 2 fd00:1::3
inside ns3 ping -c 2 10.1.0.4
inside ns5 ping -c 3 10.5.0.6
inside ns6 ping -c 2 fd00:5::5
dump
frames ns3 send '[
  E(type=0x8100) / Dot1Q(vlan=0, prio=7) / IP(dst="10.1.0.9") / UDP(),
  E(type=0x8100) / Dot1Q(vlan=10, prio=3, id=1) / IP(dst="10.1.0.9") / UDP(),
  E(type=0x88a8) / Dot1Q(vlan=20, type=0x8100) / Dot1Q(vlan=21) / IPv6() / UDP(),
  E(type=0x8100) / Dot1Q(vlan=20, type=0x8100) / Dot1Q(vlan=21, type=0x8100) / Dot1Q(vlan=22) / IP() / TCP(),
  Ether(bytes(E(type=0x8100)) + b"\x20\x14"),
]'

# an OpenFlow pipeline
bridge br1 -- set bridge br1 protocols=$openflow
host br1 na a1 10.2.0.1/24 fd00:2::1/64 02:00:00:00:01:01
host br1 nb b1 10.2.0.2/24 fd00:2::2/64 02:00:00:00:01:02
host br1 nc c1 10.2.0.3/24 fd00:2::3/64 02:00:00:00:01:03
ofctl del-flows br1
flows br1 <<'F'
priority=10,in_port=a1,udp,udp_dst=1001,actions=push_vlan:0x8100,set_field:4196->vlan_vid,set_field:6->vlan_pcp,b1
priority=10,in_port=a1,udp,udp_dst=1002,actions=push_vlan:0x8100,set_field:4200->vlan_vid,push_vlan:0x88a8,set_field:4300->vlan_vid,b1,pop_vlan,c1,pop_vlan,LOCAL
priority=10,in_port=a1,udp,udp_dst=1003,actions=push_mpls:0x8847,set_field:100->mpls_label,set_field:5->mpls_tc,set_mpls_ttl(33),b1,push_mpls:0x8848,set_field:101->mpls_label,c1
priority=10,in_port=a1,mpls,mpls_bos=1,mpls_label=200,actions=pop_mpls:0x0800,b1
priority=10,in_port=a1,mpls,mpls_bos=0,mpls_label=201,actions=pop_mpls:0x8847,dec_mpls_ttl,set_field:9->mpls_label,b1
priority=10,in_port=a1,mplsm,actions=dec_mpls_ttl,b1
priority=10,in_port=a1,mpls,mpls_bos=0,mpls_label=301,actions=pop_mpls:0x8847,pop_mpls:0x0800,resubmit(,5)
table=5,ip,actions=set_field:10.9.9.9->ip_dst,b1
priority=10,in_port=a1,dl_vlan=40,actions=pop_vlan,b1
priority=10,in_port=a1,dl_vlan=41,actions=set_field:4138->vlan_vid,b1
priority=10,in_port=a1,vlan_tci=0x1000/0x1000,actions=c1
priority=9,in_port=a1,udp,udp_dst=1004,actions=encap(mpls),set_field:400->mpls_label,set_field:64->mpls_ttl,encap(ethernet),set_field:02:00:00:00:01:02->dl_dst,b1
priority=9,in_port=a1,udp,udp_dst=1005,actions=encap(mpls),set_field:0x10->mpls_label,encap(mpls_mc),set_field:0x11->mpls_label,encap(ethernet),set_field:02:00:00:00:01:02->dl_dst,b1
priority=9,in_port=a1,mpls,mpls_label=500,actions=decap(),decap(packet_type(ns=0,type=0)),b1
priority=1,actions=NORMAL
F
sleep 1
frames na send '[E() / IP(dst="10.2.0.2") / UDP(dport=p) / (b"x" * 30) for p in range(1001, 1006)]' 3
frames na send '[E() / IPv6(dst="fd00:2::2") / UDP(dport=p) / (b"x" * 30) for p in range(1001, 1006)]'
frames na send '[
  E(type=0x8847) / MPLS(label=200, s=1, ttl=9) / IP() / UDP(),
  E(type=0x8847) / MPLS(label=201, s=0, ttl=9) / MPLS(label=202, s=1) / IP() / UDP(),
  E(type=0x8848) / MPLS(label=203, s=1, ttl=77, cos=3) / IP() / UDP(),
  E(type=0x8847) / MPLS(label=301, s=0) / MPLS(label=302, s=1) / IP() / UDP(),
  E(type=0x8847) / MPLS(label=1, s=0) / MPLS(label=2, s=0) / MPLS(label=3, s=0) / MPLS(label=4, s=1) / IP() / UDP(),
  E(type=0x8847) / MPLS(label=500, s=1, ttl=9) / E() / IP() / UDP(),
]' 3
frames na send '[E(type=0x8100) / Dot1Q(vlan=v, prio=2) / IP(dst="10.2.0.2") / UDP() for v in (40, 41, 42)]' 2
dump
state
capture_stop
daemon_stop
describe "access, trunk, native-untagged, dot1q-tunnel (802.1ad) VLAN; OpenFlow push/pop/set VLAN; MPLS push/pop/add/set; VLAN+ENCAP nesting"
