# Tunnels: Open vSwitch in the first name space; Linux tunnel devices, and hand-made outer headers, in name space r.
database
daemon
capture_start
bridge br0 -- set bridge br0 protocols=$openflow
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
for module in ip6_gre bareudp gtp; do modprobe $module; done
ip netns add r
ip link add u0 type veth peer name u1 netns r
ip link set u0 up mtu 1600
ip -n r link set u1 up mtu 1600
ip -n r link set lo up
ip addr add 172.16.0.1/24 dev u0
ip addr add fd00:ff::1/64 dev u0 nodad
ip -n r addr add 172.16.0.2/24 dev u1
ip -n r addr add fd00:ff::2/64 dev u1 nodad

# here PORT TYPE OPTIONS...: a tunnel port; kernels and versions that have none say so in run.log
here() {
  tunnel=$1 type=$2
  shift 2
  vsctl add-port br0 "$tunnel" -- set interface "$tunnel" type="$type" "$@" || echo "port $tunnel failed"
}
here vx7 vxlan options:remote_ip=172.16.0.2 options:local_ip=172.16.0.1 options:key=7 options:tos=inherit options:csum=true
here vxg vxlan options:remote_ip=172.16.0.2 options:key=flow options:exts=gbp options:dst_port=4790
here vx6 vxlan options:remote_ip=fd00:ff::2 options:key=8 options:dst_port=4791 options:df_default=false
here gpe vxlan options:remote_ip=172.16.0.2 options:key=9 options:exts=gpe options:dst_port=4792 options:packet_type=ptap
here gn0 geneve options:remote_ip=flow options:local_ip=flow options:key=flow
here gn6 geneve options:remote_ip=fd00:ff::2 options:key=66 options:dst_port=6082 options:csum=true
here gr0 gre options:remote_ip=172.16.0.2 options:key=77 options:csum=true options:ttl=33
here gr6 gre options:remote_ip=fd00:ff::2 options:key=78
here grl gre options:remote_ip=172.16.0.3 options:packet_type=legacy_l3
here er1 erspan options:remote_ip=172.16.0.2 options:key=101 options:erspan_ver=1 options:erspan_idx=0x5
here er2 erspan options:remote_ip=172.16.0.2 options:key=102 options:erspan_ver=2 options:erspan_dir=1 options:erspan_hwid=0x7
here er6 erspan options:remote_ip=fd00:ff::2 options:key=103 options:erspan_ver=2 options:erspan_dir=0 options:erspan_hwid=0x4
here erf erspan options:remote_ip=172.16.0.9 options:key=flow options:erspan_ver=flow options:erspan_idx=flow
here i60 ip6gre options:remote_ip=fd00:ff::2 options:key=79
here bu0 bareudp options:remote_ip=172.16.0.2 options:payload_type=mpls options:dst_port=6635
here gt0 gtpu options:remote_ip=172.16.0.2 options:key=5
here sr0 srv6 options:remote_ip=fd00:ff::2

# far DEVICE TYPE SETTINGS...: the far end as a Linux device
far() {
  device=$1
  shift
  ip -n r link add "$device" type "$@"
}
far lvx7 vxlan id 7 local 172.16.0.2 remote 172.16.0.1 dstport 4789 dev u1 udpcsum
far lvxg vxlan id 70 local 172.16.0.2 remote 172.16.0.1 dstport 4790 dev u1 gbp
far lvx6 vxlan id 8 local fd00:ff::2 remote fd00:ff::1 dstport 4791 dev u1
far lgn0 geneve id 50 remote 172.16.0.1
far lgn6 geneve id 66 remote fd00:ff::1 dstport 6082
far lgr0 gretap local 172.16.0.2 remote 172.16.0.1 key 77 csum
far lgr6 ip6gretap local fd00:ff::2 remote fd00:ff::1 key 78
far ler1 erspan local 172.16.0.2 remote 172.16.0.1 seq key 101 erspan_ver 1 erspan 5
far ler2 erspan local 172.16.0.2 remote 172.16.0.1 seq key 102 erspan_ver 2 erspan_dir ingress erspan_hwid 7
far ler6 ip6erspan local fd00:ff::2 remote fd00:ff::1 seq key 103 erspan_ver 2 erspan_dir egress erspan_hwid 4
net=10
for device in lvx7 lvxg lvx6 lgn0 lgn6 lgr0 lgr6 ler1 ler2 ler6; do
  ip -n r link set $device address 02:00:00:00:10:$net
  ip -n r link set $device up mtu 1400
  ip -n r addr add 10.$net.0.2/24 dev $device
  ip -n r addr add fd00:$net::2/64 dev $device nodad
  ip -n ns1 addr add 10.$net.0.1/24 dev eth0
  ip -n ns1 addr add fd00:$net::1/64 dev eth0 nodad
  net=$((net + 1))
done
sleep 2

ovs-ofctl add-tlv-map br0 "{class=0xffff,type=0x1,len=4}->tun_metadata0,{class=0x0102,type=0x80,len=8}->tun_metadata1,{class=0x0102,type=3,len=16}->tun_metadata2"
# tables 1 to 3, one for each kind: masks that name both GBP and ERSPAN metadata are refused by the kernel (see the end)
flows br0 <<'F'
priority=20,in_port=v1,ip,nw_dst=10.13.0.2,actions=set_field:50->tun_id,set_field:172.16.0.1->tun_src,set_field:172.16.0.2->tun_dst,set_field:0x11223344->tun_metadata0,set_field:0x1020304050607080->tun_metadata1,gn0
priority=20,in_port=v1,arp,arp_tpa=10.13.0.2,actions=set_field:50->tun_id,set_field:172.16.0.2->tun_dst,gn0
priority=21,in_port=v1,udp,nw_dst=10.13.0.2,udp_dst=77,actions=set_field:50->tun_id,set_field:fd00:ff::2->tun_ipv6_dst,set_field:fd00:ff::1->tun_ipv6_src,load:1->NXM_NX_TUN_FLAGS[0],set_field:0x5->tun_metadata2,gn0
priority=20,in_port=v1,ip,nw_dst=10.11.0.2,actions=set_field:70->tun_id,set_field:0x200->tun_gbp_id,set_field:0x8->tun_gbp_flags,vxg
priority=20,in_port=v1,arp,arp_tpa=10.11.0.2,actions=set_field:70->tun_id,vxg
priority=20,in_port=vxg,actions=resubmit(,1)
priority=20,in_port=gn0,actions=resubmit(,2)
priority=20,in_port=er1,actions=resubmit(,3)
table=1,priority=20,in_port=vxg,tun_id=70,tun_gbp_id=0x123,actions=v1
table=1,priority=0,actions=NORMAL
table=2,priority=20,in_port=gn0,tun_id=50,tun_src=172.16.0.2,tun_metadata0=0x1/0xff,actions=v1
table=2,priority=19,in_port=gn0,tun_flags=oam,actions=LOCAL
table=2,priority=18,in_port=gn0,tun_metadata1,actions=move:tun_metadata1[0..31]->reg0[],v1
table=2,priority=0,actions=NORMAL
table=3,priority=20,in_port=er1,tun_erspan_ver=1,tun_erspan_idx=0x5,actions=NORMAL
table=3,priority=0,actions=NORMAL
priority=22,in_port=v1,udp,udp_dst=78,actions=set_field:0x55->tun_id,set_field:1->tun_erspan_ver,set_field:0x9->tun_erspan_idx,erf
priority=22,in_port=v1,udp,udp_dst=79,actions=set_field:0x55->tun_id,set_field:2->tun_erspan_ver,set_field:1->tun_erspan_dir,set_field:3->tun_erspan_hwid,erf
priority=23,in_port=v1,udp,udp_dst=80,actions=mod_nw_tos:0x20,vx7
priority=23,in_port=v1,udp,udp_dst=81,actions=encap(nsh(md_type=1)),set_field:0x1234->nsh_spi,set_field:250->nsh_si,set_field:0x11223344->nsh_c1,gpe
priority=23,in_port=v1,udp,udp_dst=82,actions=decap(),grl
priority=23,in_port=v1,udp,udp_dst=83,actions=decap(),encap(mpls),set_field:5->mpls_label,bu0
priority=23,in_port=v1,udp,udp_dst=84,actions=vx7,vx6,gn6,gr0,gr6,er1,er2,er6,i60
F

# greet FROM: pings over all ten tunnels, from name space ns1 and r, or from r alone
greet() {
  for net in $(seq 10 19); do
    [ "$1" = r ] || inside ns1 ping -c 2 -i 0.2 -W 1 10.$net.0.2
    inside r ping -c 2 -i 0.2 -W 1 10.$net.0.1
    inside r ping -c 1 -W 1 fd00:$net::1
  done
}
greet both
dump
for quiet in gpe grl erf i60 er1 er2 er6 vx6 vxg gr6 gn0; do ovs-ofctl mod-port br0 $quiet no-flood; done
ovs-appctl fdb/flush br0
ovs-appctl dpctl/del-flows
inside ns1 ip neigh flush all
inside r ip neigh flush all
greet r
dump
frames ns1 send '[E(dst="02:00:00:00:10:13") / IP(src="10.1.0.1", dst="10.13.0.2", tos=q) / UDP(sport=9, dport=p) / (b"x" * 20)
  for p in range(77, 85) for q in (0, 0x2E << 2)]' 2
dump
inside r python3 "$GUEST/outer.py"
sleep 1
dump

# what the kernel refuses: GBP and ERSPAN metadata in one table
ofctl add-flow br0 "priority=30,in_port=er1,tun_erspan_ver=1,tun_erspan_idx=0x6,actions=drop"
ofctl add-flow br0 "priority=30,in_port=vxg,tun_gbp_id=0x7,actions=drop"
inside r ping -c 1 -W 1 10.10.0.1
inside r ping -c 1 -W 1 10.17.0.1
dump
truth tnl ovs-appctl tnl/ports/show -v
truth tnl ovs-ofctl dump-tlv-map br0
state
capture_stop
daemon_stop
describe "VXLAN (plain, GBP, GPE, IPv6), Geneve with TLV options and OAM, GRE tap and L3, ERSPAN v1/v2 over v4/v6, ip6gre, bareudp/MPLS, NSH over GPE; tunnel keys on received packets and set(tunnel())"
