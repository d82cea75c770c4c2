# The rest of the action space: rewriting, groups, bonds, meters, NSH, malformed packets.
database
daemon
capture_start
bridge br0 -- set bridge br0 protocols=$openflow
bridge br1 -- set bridge br1 protocols=$openflow
vsctl add-port br0 p01 -- set interface p01 type=patch options:peer=p10 -- add-port br1 p10 -- set interface p10 type=patch options:peer=p01
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
host br0 ns3 v3 10.1.0.3/24 fd00:1::3/64 02:00:00:00:00:03
host br1 ns4 v4 10.1.0.4/24 fd00:1::4/64 02:00:00:00:00:04
ofctl del-flows br0
ofctl del-flows br1
ofctl add-meter br0 "meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100"
ofctl add-meter br0 "meter=2,pktps,bands=type=drop,rate=2"
ofctl add-meter br0 "meter=3,pktps,stats,bands=type=drop,rate=7"
ofctl mod-meter br0 "meter=3,pktps,stats,bands=type=drop,rate=9"
ofctl del-meter br0 meter=3
ofctl add-group br0 "group_id=1,type=select,selection_method=dp_hash,bucket=weight:100,actions=v2,bucket=weight:100,actions=v3"
ofctl add-group br0 "group_id=2,type=select,selection_method=hash,fields(ip_src,tcp_dst),bucket=actions=v2,bucket=actions=v3"
ofctl add-group br0 "group_id=3,type=all,bucket=actions=set_field:02:aa:00:00:00:01->eth_dst,v2,bucket=actions=v3"
ofctl add-group br0 "group_id=4,type=ff,bucket=watch_port:v2,actions=v2,bucket=watch_port:v3,actions=v3"
ofctl add-flow br1 "actions=v4"
ofctl add-flow br0 "priority=1,actions=NORMAL"

# one UDP port for each list of actions, from 1001 on: first IPv4's, then IPv6's
udp=1000
numbered() {
  while read -r actions; do
    udp=$((udp + 1))
    ofctl add-flow br0 "priority=10,in_port=v1,$1,udp_dst=$udp,actions=$actions" || echo "refused: $actions"
  done
}
numbered udp <<'F'
clone(set_field:10.9.0.1->ip_dst,v3),v2
p01,v2
check_pkt_larger(200)->NXM_NX_REG0[0],resubmit(,11)
meter:1,v2
meter:2,v2
dec_ttl,v2
set_field:02:cc:00:00:00:01->eth_src,set_field:02:cc:00:00:00:02->eth_dst,v2
set_field:10.9.9.9->ip_src,set_field:10.8.8.0/255.255.255.0->ip_dst,set_field:3->ip_ecn,mod_nw_tos:184,mod_nw_ttl:9,v2
set_field:53->udp_src,set_field:0x1200/0xff00->udp_dst,v2
set_field:0xabcd->pkt_mark,load:5->NXM_NX_PKT_MARK[16..20],v2
enqueue:v2:7
set_queue:3,v2,pop_queue,v3
group:1
group:2
group:3
group:4
encap(nsh(md_type=1)),set_field:0x1234->nsh_spi,set_field:254->nsh_si,set_field:0x11223344->nsh_c1,set_field:7->nsh_ttl,encap(ethernet),set_field:02:00:00:00:00:02->dl_dst,v2
encap(nsh(md_type=2,tlv(0x1000,10,0x12345678),tlv(0x2000,20,0xfedcba9876543210))),set_field:0x77->nsh_spi,encap(ethernet),v3
encap(nsh(md_type=1)),encap(ethernet),v2,decap(),decap(),v3
drop
ct(commit,zone=9),ct_clear,v2
note:01.02.03,multipath(symmetric_l4,50,modulo_n,2,0,NXM_NX_REG1[]),bundle(eth_src,0,hrw,ofport,members:v2,v3)
multipath(symmetric_l4,50,modulo_n,2,0,NXM_NX_REG1[]),v2
in_port,v2,all
flood
output:NXM_NX_REG3[],v2
write_actions(set_field:02:00:00:00:00:99->eth_dst,output:v2),goto_table:20
resubmit(,30),v2
delete_field:tun_metadata0,v2
output(port=v2,max_len=60),v3
sample(probability=6553,collector_set_id=9,obs_domain_id=1,obs_point_id=2),v2
set_field:0x5->reg5,conjunction(1,1/2)
F
first_ipv6=$((udp + 1))
numbered udp6 <<'F'
set_field:fd00:9::9->ipv6_dst,set_field:fd00:9::8->ipv6_src,set_field:0x54321->ipv6_label,set_field:9->nw_ttl,set_field:11->ip_dscp,v2
dec_ttl,set_field:fd00:9::/ffff:ffff::->ipv6_dst,set_field:99->udp_src,v2
check_pkt_larger(100)->reg0[3],meter:1,resubmit(,12)
group:1
F
end=$((udp + 1))
flows br0 <<'F'
table=11,reg0=1/1,actions=v2
table=11,actions=v3
table=12,reg0=8/8,actions=set_field:2->reg1,v2
table=12,actions=clone(meter:2,v3),v2
table=20,actions=drop
table=30,actions=resubmit(,31)
table=31,actions=resubmit(,30)
priority=12,in_port=v1,tcp,tcp_dst=2001,actions=set_field:80->tcp_dst,set_field:0x100/0xff00->tcp_src,v2
priority=12,in_port=v1,tcp,tcp_flags=+syn-ack,tcp_dst=2002,actions=v2
priority=12,in_port=v1,tcp,tcp_flags=0x12/0x12,tcp_dst=2003,actions=v2
priority=12,in_port=v1,sctp,sctp_dst=2001,actions=set_field:81->sctp_dst,set_field:82->sctp_src,v2
priority=12,in_port=v1,sctp6,sctp_dst=2001,actions=set_field:81->sctp_dst,v2
priority=12,in_port=v1,icmp,icmp_type=8,icmp_code=7,actions=set_field:0->icmp_type,set_field:1->icmp_code,v2
priority=12,in_port=v1,icmp6,icmpv6_type=128,icmpv6_code=7,actions=set_field:129->icmpv6_type,set_field:0->icmpv6_code,v2
priority=12,in_port=v1,arp,arp_op=1,arp_tpa=10.1.0.50,actions=set_field:2->arp_op,move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:02:dd:00:00:00:01->arp_sha,set_field:10.1.0.50->arp_spa,set_field:10.1.0.1->arp_tpa,in_port,v2
priority=12,in_port=v1,icmp6,icmp_type=135,nd_target=fd00:1::50,actions=set_field:136->icmpv6_type,set_field:0->icmpv6_code,set_field:fd00:1::51->nd_target,set_field:02:dd:00:00:00:02->nd_sll,v2
priority=12,in_port=v1,icmp6,icmp_type=136,nd_target=fd00:1::50,actions=set_field:02:dd:00:00:00:03->nd_tll,v2
priority=13,in_port=v1,icmp6,icmp_type=135,nd_target=fd00:1::60,actions=set_field:136->icmpv6_type,set_field:0xe0000000->nd_reserved,set_field:2->nd_options_type,v2
priority=14,in_port=v1,icmp6,icmp_type=136,nd_target=fd00:1::61,nd_options_type=2,nd_reserved=0,actions=set_field:02:dd:00:00:00:04->nd_tll,v2
priority=14,in_port=v1,ip,nw_tos=0x20,nw_ttl=44,nw_ecn=1,actions=v3
priority=14,in_port=v1,eth_type=0x88b5,actions=push_vlan:0x8100,set_field:4097->vlan_vid,v2
priority=14,in_port=v1,ipv6,ipv6_label=0x77,actions=v3
priority=14,in_port=v1,eth_type=0x894f,actions=decap(),decap(),v2
priority=15,in_port=v1,eth_type=0x894f,nsh_mdtype=1,nsh_spi=0x99,actions=decap(),dec_nsh_ttl,set_field:3->nsh_si,set_field:0x5/0xff->nsh_c2,encap(ethernet),v2
priority=15,in_port=v1,eth_type=0x894f,nsh_mdtype=2,actions=v2
priority=15,in_port=v1,dl_vlan=99,actions=strip_vlan,mod_vlan_vid:5,v2
F
frames ns1 send "[E() / IP(src='10.1.0.1', dst='10.1.0.2', id=1) / UDP(sport=7777, dport=p) / (b'a' * n)
  for p in range(1001, $first_ipv6) for n in (30, 400)]"
frames ns1 send "[E() / IPv6(src='fd00:1::1', dst='fd00:1::2') / UDP(sport=7777 + k, dport=p) / (b'a' * n)
  for p in range($first_ipv6, $end) for n in (30, 400) for k in (0, 1, 2)]"
dump
frames ns1 send '[E() / IP(src="10.1.0.1", dst="10.1.0.2") / UDP(sport=7000 + k, dport=p) / b"a" for k in range(8) for p in (1013, 1014)]'
frames ns1 send '[E() / IP(src="10.1.0.1", dst="10.1.0.2") / TCP(sport=3000, dport=d, flags=f)
  for d in (2001, 2002, 2003) for f in ("S", "SA", "A", "SEC")]'
frames ns1 send '[
  E() / IP(dst="10.1.0.2") / SCTP(sport=5, dport=2001),
  E() / IPv6(dst="fd00:1::2") / SCTP(sport=5, dport=2001),
  E() / IP(dst="10.1.0.2") / ICMP(type=8, code=7),
  E() / IPv6(dst="fd00:1::2") / ICMPv6EchoRequest(code=7),
  Ether(src=M, dst=BC) / ARP(op=1, hwsrc=M, psrc="10.1.0.1", pdst="10.1.0.50"),
]'
frames ns1 send '[Ether(src=M, dst="33:33:ff:00:00:50") / IPv6(src="fd00:1::1", dst="ff02::1:ff00:50", hlim=255)
  / ICMPv6ND_NS(tgt="fd00:1::%d" % k) / ICMPv6NDOptSrcLLAddr(lladdr=M) for k in (50, 60, 61)]'
frames ns1 send '[Ether(src=M, dst="33:33:00:00:00:01") / IPv6(src="fd00:1::1", dst="ff02::1", hlim=255)
  / ICMPv6ND_NA(tgt="fd00:1::%d" % k, R=0) / ICMPv6NDOptDstLLAddr(lladdr=M) for k in (50, 60, 61)]'
frames ns1 send '[
  E() / IP(dst="10.1.0.2", tos=0x21, ttl=44) / UDP(),
  E(type=0x88B5) / (b"exp" * 9),
  E() / IPv6(dst="fd00:1::2", fl=0x77) / UDP(),
  E() / IPv6(dst="fd00:1::2") / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"1234")])
    / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"1234")]) / UDP(sport=1, dport=2),
  E() / IPv6(dst="fd00:1::2") / IPv6ExtHdrRouting() / IPv6ExtHdrFragment(m=0) / TCP(),
  E() / IPv6(dst="fd00:1::2", nh=59),
  E() / IPv6(dst="fd00:1::2") / AH(spi=1, seq=1, icv=b"123456789012") / UDP(),
  E() / IPv6(dst="fd00:1::2", nh=50) / (b"espespespespesp!" * 2),
  E() / IPv6(dst="fd00:1::2") / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() / IPv6ExtHdrDestOpt() / ICMPv6EchoRequest(),
]'
frames ns1 send '[E(type=0x894F) / NSH(mdtype=1, nextproto=3, spi=s, si=9, context_header=b"0123456789abcdef") / E() / IP() / UDP()
  for s in (0x99, 0x98)]'
frames ns1 send '[
  E(type=0x894F) / NSH(mdtype=2, nextproto=1, spi=5, si=9, length=2) / IP() / UDP(),
  E(type=0x8100) / Dot1Q(vlan=99, prio=1) / IP() / UDP(),
  E(type=0x800) / b"\x45\x00",
  E(type=0x800) / (b"\x41" + b"bad" * 9),
  E(type=0x86DD) / b"short",
  E(type=0x806) / b"sh",
]'
dump

# a bond over two links: recirculation by hash
bridge brA -- set bridge brA protocols=$openflow
bridge brB -- set bridge brB protocols=$openflow
for k in 1 2; do
  ip link add pa$k type veth peer name pb$k
  ip link set pa$k up
  ip link set pb$k up
done
vsctl add-bond brA bA pa1 pa2 lacp=active bond_mode=balance-tcp other_config:lacp-time=fast \
  -- add-bond brB bB pb1 pb2 lacp=active bond_mode=balance-tcp other_config:lacp-time=fast
host brA ns5 v5 10.5.0.1/24 fd00:5::1/64 02:00:00:00:00:05
host brB ns6 v6 10.5.0.2/24 fd00:5::2/64 02:00:00:00:00:06
sleep 4
talk ns5 ns6 10.5.0.2 fd00:5::2
frames ns5 send '[E(dst="02:00:00:00:00:06") / IP(src="10.5.0.1", dst="10.5.0.2") / TCP(sport=2000 + k, dport=k) for k in range(20)]'
dump
truth meter ofctl meter-stats br0
truth meter ovs-ofctl -O OpenFlow13 meter-features br0
truth bond ovs-appctl bond/show
vsctl set Open_vSwitch . other_config:explicit-sampled-drops=true
state
capture_stop
daemon_stop
describe "clone, check_pkt_len, meter, dec_ttl, set/set_masked of every field, groups (dp_hash), bonds (recirc, hash), NSH, push/pop_eth, trunc, drop, ct_clear, IPv6 extension headers, ND extensions, marks, queues, malformed packets"
