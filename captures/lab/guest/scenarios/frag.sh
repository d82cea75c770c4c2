# Fragments, truncation, segmentation offload.
database
daemon
capture_start
bridge br0 -- set bridge br0 protocols=$openflow
bridge br1 -- set bridge br1 protocols=$openflow
vsctl add-port br0 p01 -- set interface p01 type=patch options:peer=p10 -- add-port br1 p10 -- set interface p10 type=patch options:peer=p01
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
sleep 1
inside ns1 ping -c 1 -W 2 -s 3000 10.1.0.2
inside ns1 ping -c 1 -W 2 -s 3000 fd00:1::2

# reassembly by conntrack
ofctl del-flows br0
flows br0 <<'F'
priority=100,arp,actions=NORMAL
priority=100,icmp6,icmp_type=135,actions=NORMAL
priority=100,icmp6,icmp_type=136,actions=NORMAL
priority=90,ip,ip_frag=later,nw_dst=10.1.0.77,actions=drop
priority=50,ct_state=-trk,ip,actions=ct(table=1,zone=3)
priority=50,ct_state=-trk,ipv6,actions=ct(table=1,zone=3)
table=1,ip,ct_state=+trk+new,actions=ct(commit,zone=3),NORMAL
table=1,ipv6,ct_state=+trk+new,actions=ct(commit,zone=3),NORMAL
table=1,ct_state=+trk+est,actions=NORMAL
F
inside ns1 ping -c 2 -W 2 -s 3000 10.1.0.2
inside ns1 ping -c 2 -W 2 -s 3000 fd00:1::2
inside ns2 ping -c 1 -W 2 -s 60000 10.1.0.1
dump
frames ns1 send 'fragment(E() / IP(src="10.1.0.1", dst="10.1.0.77", id=7) / UDP(sport=1, dport=2) / (b"z" * 2000), fragsize=600) + [
  E() / IPv6(src="fd00:1::1", dst="fd00:1::77") / IPv6ExtHdrFragment(offset=100, m=1, nh=17) / (b"q" * 64),
  E() / IPv6(src="fd00:1::1", dst="fd00:1::77") / IPv6ExtHdrFragment(offset=0, m=1, nh=17) / UDP() / (b"q" * 64),
  E() / IP(src="10.1.0.1", dst="10.1.0.77", flags=1, frag=0) / TCP(),
  E() / IP(src="10.1.0.1", dst="10.1.0.77", frag=185) / b"tail",
]'
dump

# truncation: to a port, to a controller behind a patch port, to samplers, to a mirror
ofctl del-flows br0
ofctl add-flow br0 "priority=10,in_port=v1,icmp,actions=output(port=v2,max_len=100),output(port=LOCAL,max_len=64)"
ofctl add-flow br0 "priority=5,actions=NORMAL"
ofctl del-flows br1
ofctl add-flow br1 "priority=1,actions=controller(max_len=200),LOCAL"
ovs-ofctl monitor br1 65534 -P nxt_packet_in2 >"$OUT/gt-packetin.txt" 2>&1 &
monitor=$!
sleep 0.5
vsctl -- --id=@s create sflow agent=lo target='"127.0.0.1:6343"' header=90 sampling=1 polling=0 -- set bridge br1 sflow=@s
inside ns1 ping -c 3 -i 0.3 -W 1 -s 900 10.1.0.2
inside ns1 ping -c 2 -i 0.3 -W 1 -s 900 fd00:1::2
dump
vsctl clear bridge br1 sflow
vsctl -- --id=@i create ipfix targets='"127.0.0.1:4739"' sampling=1 obs_domain_id=1 obs_point_id=2 -- set bridge br0 ipfix=@i
inside ns1 ping -c 2 -i 0.3 -W 1 -s 900 10.1.0.2
dump
vsctl clear bridge br0 ipfix
ofctl add-flow br0 "priority=20,in_port=v1,icmp,actions=p01,v2"
inside ns1 ping -c 2 -i 0.3 -W 1 -s 900 10.1.0.2
vsctl -- --id=@p get port p01 -- --id=@m create mirror name=m0 select-all=true snaplen=80 output-port=@p -- set bridge br0 mirrors=@m
inside ns1 ping -c 2 -i 0.3 -W 1 -s 900 10.1.0.2
dump
vsctl clear bridge br0 mirrors

# large TCP segments, the flows flushed under them
ofctl del-flows br0
ofctl add-flow br0 actions=NORMAL
for space in ns1 ns2; do inside $space ethtool -K eth0 tx on tso on gso on gro on; done
inside ns2 timeout 15 iperf3 -s -1 >/dev/null &
sleep 1
inside ns1 timeout 10 iperf3 -c 10.1.0.2 -n 4M >"$OUT/iperf.txt" &
client=$!
for _ in 1 2 3 4; do
  sleep 0.5
  ovs-appctl dpctl/del-flows
done
wait $client
inside ns2 timeout 15 iperf3 -s -1 -p 5300 >/dev/null &
sleep 1
inside ns1 timeout 8 iperf3 -u -p 5300 -c fd00:1::2 -t 2 -b 300K -l 4000 >>"$OUT/iperf.txt" &
client=$!
sleep 1.5
ovs-appctl dpctl/del-flows
wait $client
dump
state
kill $monitor
capture_stop
daemon_stop
describe "IPv4/IPv6 fragments (frag=first/later), reassembly by ct so OVS_PACKET_ATTR_MRU, trunc action and OVS_PACKET_ATTR_LEN, GSO packets in upcalls"
