# sFlow, IPFIX, psample, packets to the controller.
database
daemon
capture_start
bridge br0 -- set bridge br0 protocols=$openflow
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
ip netns add r
ip link add u0 type veth peer name u1 netns r
ip link set u0 up
ip -n r link set u1 up
ip addr add 172.16.0.1/24 dev u0
ip addr add fd00:ff::1/64 dev u0 nodad
ip -n r addr add 172.16.0.2/24 dev u1
ip -n r addr add fd00:ff::2/64 dev u1 nodad
vsctl add-port br0 vx0 -- set interface vx0 type=vxlan options:remote_ip=172.16.0.2 options:key=7 \
  -- add-port br0 gn0 -- set interface gn0 type=geneve options:remote_ip=fd00:ff::2 options:key=9
ip -n r link add lvx7 type vxlan id 7 local 172.16.0.2 remote 172.16.0.1 dstport 4789 dev u1
ip -n r link set lvx7 up
ip -n r addr add 10.1.0.9/24 dev lvx7
sleep 1

# sFlow of everything
vsctl -- --id=@s create sflow agent=lo target='"127.0.0.1:6343"' header=128 sampling=1 polling=5 -- set bridge br0 sflow=@s
talk ns1 ns2 10.1.0.2 fd00:1::2
inside ns1 ping -c 2 -W 1 10.1.0.9
inside ns1 ping -c 1 -W 1 10.1.0.55
dump
vsctl clear bridge br0 sflow

# IPFIX of the bridge, tunnels included
vsctl -- --id=@i create ipfix targets='"127.0.0.1:4739"' sampling=1 obs_domain_id=1 obs_point_id=2 cache_active_timeout=1 \
  other_config:enable-tunnel-sampling=true other_config:virtual_obs_id=abc -- set bridge br0 ipfix=@i
talk ns1 ns2 10.1.0.2 fd00:1::2
inside ns1 ping -c 2 -W 1 10.1.0.9
inside ns1 ping -c 1 -W 1 10.1.0.56
dump
vsctl clear bridge br0 ipfix

# sampling by flow, to IPFIX and to psample groups
vsctl -- --id=@b get bridge br0 -- --id=@i create ipfix targets='"127.0.0.1:4739"' other_config:enable-tunnel-sampling=true \
  -- --id=@c create Flow_Sample_Collector_Set id=1 bridge=@b ipfix=@i
vsctl -- --id=@b get bridge br0 -- --id=@c create Flow_Sample_Collector_Set id=2 bridge=@b local_group_id=10
vsctl -- --id=@b get bridge br0 -- --id=@i create ipfix targets='"127.0.0.1:4739"' \
  -- --id=@c create Flow_Sample_Collector_Set id=3 bridge=@b ipfix=@i local_group_id=11
flows br0 <<'F'
priority=10,ip,in_port=v1,actions=sample(probability=65535,collector_set_id=1,obs_domain_id=1001,obs_point_id=2002,sampling_port=vx0,egress),sample(probability=30000,collector_set_id=2,obs_domain_id=11,obs_point_id=12),NORMAL
priority=10,ip,in_port=v2,actions=sample(probability=65535,collector_set_id=3,obs_domain_id=21,obs_point_id=22,sampling_port=v1,ingress),sample(probability=65535,collector_set_id=2,obs_domain_id=5,obs_point_id=6),NORMAL
priority=10,ipv6,in_port=v1,actions=sample(probability=65535,collector_set_id=1,obs_domain_id=1001,obs_point_id=2002,sampling_port=gn0,egress),NORMAL
F
python3 "$GUEST/psample.py" 12 &
talk ns1 ns2 10.1.0.2 fd00:1::2
inside ns1 ping -c 3 -i 0.2 -W 1 10.1.0.9
dump

# packets to the controller
ofctl del-flows br0
ovs-ofctl monitor br0 65534 resume -P nxt_packet_in2 >"$OUT/gt-packetin.txt" 2>&1 &
monitor=$!
sleep 0.5
ovs-ofctl -O OpenFlow13 add-meter br0 "meter=controller,pktps,bands=type=drop,rate=1000"
while read -r flow; do ovs-ofctl add-flow br0 "$flow"; done <<'F'
priority=10,udp,udp_dst=5001,actions=controller(reason=action,max_len=64,id=0),v2
priority=10,udp,udp_dst=5002,actions=controller(userdata=01.02.03.04.05,pause),v2
priority=10,udp,udp_dst=5003,actions=mod_nw_src:1.2.3.4,controller(userdata=ff.ee.dd.cc.bb.aa.99.88.77.66.55.44.33.22.11.00),mod_nw_src:4.3.2.1,controller,v2
priority=10,udp,udp_dst=5004,actions=dec_ttl,controller(reason=invalid_ttl,max_len=128)
priority=10,udp,udp_dst=5005,actions=ct(commit,table=7)
table=7,actions=controller(userdata=00.01),NORMAL
priority=10,udp,udp_dst=5006,actions=dec_ttl,v2
priority=10,arp,actions=controller,NORMAL
priority=30,udp,udp_dst=5010,actions=learn(table=3,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),NORMAL
priority=1,actions=NORMAL
F
frames ns1 send '[E() / IP(src="10.1.0.1", dst="10.1.0.2", ttl=t) / UDP(sport=9, dport=p) / (b"x" * 200)
  for t in (64, 1) for p in range(5001, 5007)]' 2
inside ns1 ping -c 1 10.1.0.2
dump
ovs-ofctl packet-out br0 "in_port=controller packet=ffffffffffff02000000000a08004500001c000000004011664e0a0100010a01000200090009000800000000000000000000 actions=v1,v2,controller"
ovs-ofctl -O OpenFlow13 packet-out br0 NONE "learn(table=3,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]),flood" \
  ffffffffffff02000000000a0806000108000604000102000000000a0a01000a0000000000000a010002
frames ns1 send 'E() / IP(src="10.1.0.1", dst="10.1.0.2") / UDP(sport=9, dport=5010)' 2
kill $monitor
state
capture_stop
daemon_stop
describe "sFlow, IPFIX bridge and flow sampling (tunnel sampling: EGRESS_TUN_PORT, EGRESS_TUN_KEY), psample local groups, controller actions (userdata, pause, max_len, meter), packet-out, learn; user_action_cookie types"
