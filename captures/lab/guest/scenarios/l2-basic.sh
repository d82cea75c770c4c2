# NORMAL switching, many protocols, exact-match flows, revalidation.
database other_config:max-idle=3000
capture_start
daemon
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
host br0 ns3 v3 10.1.0.3/24 fd00:1::3/64 02:00:00:00:00:03
sleep 1
talk ns1 ns2 10.1.0.2 fd00:1::2
talk ns3 ns1 10.1.0.1 fd00:1::1
dump
frames ns1 sample 10.1.0.1 10.1.0.2 fd00:1::1 fd00:1::2 02:00:00:00:00:02

# without megaflows every different header is an upcall
ovs-appctl upcall/disable-megaflows
frames ns1 sample 10.1.0.1 10.1.0.2 fd00:1::1 fd00:1::2 02:00:00:00:00:02
talk ns1 ns2 10.1.0.2 fd00:1::2
truth flows-appctl ovs-appctl dpctl/dump-flows -m
ovs-appctl upcall/enable-megaflows
dump
sleep 5
dump

# the tables change under flows in use
inside ns1 ping -i 0.2 -c 25 10.1.0.2 >/dev/null &
pings=$!
sleep 1
ofctl add-flow br0 "priority=10,icmp,actions=drop"
sleep 1
ofctl del-flows br0
ofctl add-flow br0 "priority=10,in_port=v1,actions=v2"
ofctl add-flow br0 "in_port=v2,actions=v1"
sleep 1
ovs-appctl revalidator/purge
wait "$pings"
ovs-appctl dpctl/del-flows
state
capture_stop
daemon_stop
describe "ARP, IPv4/IPv6, ND, TCP, UDP, SCTP, ICMP, IGMP, MLD, LLC, unknown ethertypes; flow new/set/del, revalidation"
