# Connection tracking in all its forms, NAT, limits.
database
daemon
capture_start
bridge br0 -- set bridge br0 protocols=$openflow
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
vsctl -- --id=@d create Datapath datapath_version=0 -- set Open_vSwitch . datapaths:system=@d
vsctl add-zone-tp system zone=5 udp_first=60 udp_single=60 icmp_first=60 tcp_syn_sent=30
vsctl list-zone-tp system
vsctl set-zone-limit system 7 3
vsctl list-zone-limits system
ofctl del-flows br0
flows br0 <<'F'
table=0,priority=100,arp,actions=NORMAL
table=0,priority=100,icmp6,icmp_type=135,actions=NORMAL
table=0,priority=100,icmp6,icmp_type=136,actions=NORMAL
table=0,priority=60,in_port=v1,tcp,tp_dst=2121,actions=ct(commit,zone=5,table=1,alg=ftp,exec(set_field:0x1234->ct_mark))
table=0,priority=60,in_port=v1,udp,tp_dst=69,actions=ct(commit,zone=5,table=1,alg=tftp)
table=0,priority=60,in_port=v1,tcp,tp_dst=3001,actions=ct(commit,zone=11,nat(src=10.1.0.100-10.1.0.110:1024-2047,random),table=1)
table=0,priority=60,in_port=v1,tcp,tp_dst=3002,actions=ct(commit,zone=12,nat(src=10.1.0.100-10.1.0.110:1024-2047,hash,persistent),table=1)
table=0,priority=60,in_port=v1,ip,nw_dst=10.1.0.200,actions=ct(commit,zone=13,nat(dst=10.1.0.2),table=1)
table=0,priority=60,in_port=v1,tcp6,ipv6_dst=fd00:1::200,actions=ct(commit,zone=14,nat(dst=[fd00:1::2]:8081),table=1)
table=0,priority=60,in_port=v1,tcp6,tp_dst=3003,actions=ct(commit,zone=15,nat(src=[fd00:1::a0]-[fd00:1::af]:5000-6000),table=1)
table=0,priority=60,in_port=v1,udp,tp_dst=3004,actions=ct(commit,force,zone=16,exec(set_field:0x1/0xff->ct_mark,set_field:0x112233445566778899aabbccddeeff00->ct_label)),ct_clear,v2
table=0,priority=60,in_port=v1,udp,tp_dst=3005,actions=ct(commit,zone=7,table=1)
table=0,priority=60,in_port=v1,udp,tp_dst=3006,actions=load:0x21->NXM_NX_REG0[],ct(commit,zone=NXM_NX_REG0[0..15],table=1,exec(move:NXM_NX_REG0[]->NXM_NX_CT_MARK[],set_field:0xff/0xffff->ct_label))
table=0,priority=60,in_port=v1,udp,tp_dst=3007,actions=ct(commit,zone=17,nat(src=0.0.0.0),table=1)
table=0,priority=60,in_port=v2,udp,tp_src=3007,actions=ct(zone=17,nat,table=1)
table=0,priority=60,in_port=v2,tcp,tp_src=3001,actions=ct(zone=11,nat,table=1)
table=0,priority=60,in_port=v2,tcp6,tp_src=3003,actions=ct(zone=15,nat,table=1)
table=0,priority=60,in_port=v2,tcp6,tp_src=8081,actions=ct(zone=14,nat,table=1)
table=0,priority=60,in_port=v2,tcp,tp_src=3002,actions=ct(zone=12,nat,table=1)
table=0,priority=60,in_port=v2,icmp,nw_dst=10.1.0.1,actions=ct(zone=13,nat,table=1)
table=0,priority=50,ct_state=-trk,ip,actions=ct(table=1,zone=5,nat)
table=0,priority=50,ct_state=-trk,ipv6,actions=ct(table=1,zone=5)
table=1,priority=100,ct_state=+trk+new,in_port=v1,ip,actions=ct(commit,zone=5,exec(load:0x1->NXM_NX_CT_LABEL[0],load:0x63->NXM_NX_CT_MARK[])),v2
table=1,priority=100,ct_state=+trk+new,in_port=v1,ipv6,actions=ct(commit,zone=5,exec(set_field:0x77->ct_mark)),v2
table=1,priority=100,ct_state=+trk+rel,ip,in_port=v2,actions=ct(commit,zone=5),v1
table=1,priority=100,ct_state=+trk+rel,ip,in_port=v1,actions=ct(commit,zone=5),v2
table=1,priority=100,ct_state=+trk+new,in_port=v2,actions=v1
table=1,priority=90,ct_state=+trk+est+rpl,ct_mark=0x63,in_port=v2,actions=v1
table=1,priority=88,ct_state=+trk+est,ct_label=0x1/0x1,ct_nw_src=10.1.0.1,ct_nw_dst=10.1.0.2,ip,in_port=v1,actions=v2
table=1,priority=88,ct_state=+trk+est,ct_ipv6_src=fd00:1::1,ct_nw_proto=6,ct_tp_dst=8081,ipv6,in_port=v1,actions=v2
table=1,priority=80,ct_state=+trk+est,in_port=v1,actions=v2
table=1,priority=80,ct_state=+trk+est,in_port=v2,actions=v1
table=1,priority=70,ct_state=+trk+inv,actions=drop
table=1,priority=1,actions=drop
F
ovs-appctl dpctl/ct-set-limits default=2000 zone=5,limit=100 zone=7,limit=1
truth ctlimits ovs-appctl dpctl/ct-get-limits
truth ctlimits ovs-appctl dpctl/ct-get-limits zone=5,7,9
sleep 1

# neighbours that only NAT answers for
ip -n ns1 neigh add 10.1.0.200 lladdr 02:00:00:00:00:02 dev eth0
ip -n ns1 neigh add fd00:1::200 lladdr 02:00:00:00:00:02 dev eth0
for k in $(seq 100 110); do ip -n ns2 neigh add 10.1.0.$k lladdr 02:00:00:00:00:01 dev eth0; done
for k in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do ip -n ns2 neigh add fd00:1::a$k lladdr 02:00:00:00:00:01 dev eth0; done
talk ns1 ns2 10.1.0.2 fd00:1::2
transfer ns1 ns2 -4 10.1.0.2 3001
transfer ns1 ns2 -4 10.1.0.2 3002
transfer ns1 ns2 -6 fd00:1::2 3003
transfer ns1 ns2 -6 fd00:1::200 8081
inside ns1 ping -c 2 -W 1 10.1.0.200
for port in 3004 3005 3006 3007; do
  for k in 1 2 3; do echo x | inside ns1 timeout 2 nc -u -q 0 -w 1 -p $((4000 + k)) 10.1.0.2 $port; done
done

# the FTP helper expects the data connection
inside ns2 python3 "$GUEST/ftp.py" serve 10.1.0.2 &
sleep 1
inside ns1 python3 "$GUEST/ftp.py" fetch 10.1.0.2
dump
frames ns1 send '[
  E() / IP(src="10.1.0.1", dst="10.1.0.2") / TCP(sport=1, dport=2, flags="A", seq=99),
  E() / IP(src="10.1.0.1", dst="10.1.0.2") / ICMP(type=3, code=1) / IP(src="10.1.0.2", dst="10.1.0.1") / UDP(sport=9999, dport=1),
  E() / IP(src="10.1.0.1", dst="10.1.0.2") / SCTP(sport=3, dport=4)
    / SCTPChunkInit(init_tag=5, a_rwnd=9999, n_out_streams=1, n_in_streams=1),
  E() / IPv6(src="fd00:1::1", dst="fd00:1::2") / UDP(sport=6, dport=7),
]' 2
truth conntrack ovs-appctl dpctl/dump-conntrack -m
truth ctlimits ovs-appctl dpctl/ct-get-limits
vsctl del-zone-limit system 7
ovs-appctl dpctl/ct-del-limits zone=5
ovs-appctl dpctl/ct-del-limits default
ovs-appctl dpctl/ct-get-limits zone=99999
truth conntrack ovs-appctl dpctl/ct-stats-show
ovs-appctl dpctl/flush-conntrack zone=11
ovs-appctl dpctl/flush-conntrack
dump
state
capture_stop
daemon_stop
describe "ct() with commit, zone, mark, labels, helper, NAT src/dst/ranges/hash/random/persistent, force, timeout policy, ct_clear; ct_state keys, original tuples v4/v6; ovs_ct_limit; nfnetlink noise"
